import type { Container, LifecycleHandler, Probe, SecurityContext } from "../../kinds/types/core-v1.generated.ts";
import { containersOf, eachContainer, hasOwnUsers, named, plural, quoted, setters, sorted, unless, type Check, type CheckedPod, type Violation } from "./check.ts";
import { isAllowedSeccomp } from "./seccomp.ts";

/** Level baseline, in the order in which violations are told. */
const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const APP_ARMOR_TYPES = new Set(["Localhost", "RuntimeDefault"]);
const SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/";
const CAPABILITIES = new Set([
  "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]);
const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];
const SYSCTLS = ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"];
const SYSCTLS_27 = [...SYSCTLS, "net.ipv4.ip_local_reserved_ports"];
const SYSCTLS_29 = [...SYSCTLS_27, "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"];
const SYSCTLS_32 = [...SYSCTLS_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

export const baseline: Readonly<Record<string, readonly Check[]>> = {
  appArmorProfile: [{ from: 0, find: appArmor }],
  capabilities_baseline: [{ from: 0, find: capabilities }],
  hostNamespaces: [{ from: 0, find: hostNamespaces }],
  hostPathVolumes: [{ from: 0, find: hostPathVolumes }],
  hostPorts: [{ from: 0, find: hostPorts }],
  hostProbesAndHostLifecycle: [{ from: 34, find: probeHosts }],
  privileged: [{ from: 0, find: eachContainer("privileged", ({ securityContext }) => securityContext?.privileged === true, (names) => `${names} must not set securityContext.privileged=true`) }],
  procMount: [{ from: 0, find: procMount }, { from: 35, find: unless(hasOwnUsers, procMount) }],
  seLinuxOptions: [{ from: 0, find: seLinux(SELINUX_TYPES) }, { from: 31, find: seLinux([...SELINUX_TYPES, "container_engine_t"]) }],
  seccompProfile_baseline: [{ from: 0, find: seccompAnnotations }, { from: 19, find: seccomp }],
  sysctls: [{ from: 0, find: sysctls(SYSCTLS) }, { from: 27, find: sysctls(SYSCTLS_27) }, { from: 29, find: sysctls(SYSCTLS_29) }, { from: 32, find: sysctls(SYSCTLS_32) }],
  windowsHostProcess: [{ from: 0, find: hostProcess }],
};

function appArmor(pod: CheckedPod): Violation | undefined {
  const isBad = ({ appArmorProfile }: SecurityContext) => appArmorProfile !== undefined && !APP_ARMOR_TYPES.has(appArmorProfile.type);
  const contexts = [pod.spec.securityContext as SecurityContext | undefined, ...containersOf(pod).map((c) => c.securityContext)];
  const values = sorted(contexts.filter((context) => context && isBad(context)).map((context) => context!.appArmorProfile!.type));
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && value !== "" && value !== "runtime/default" && !value.startsWith("localhost/"))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`).sort();
  const who = [setters(pod, isBad), ...(annotations.length > 0 ? [plural("annotation", "annotations", annotations.length)] : [])].filter((text) => text !== "");
  if (who.length === 0) return undefined;
  const all = [...values, ...annotations];
  return { reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.length), detail: `${who.join(" and ")} must not set AppArmor profile type to ${quoted(all)}` };
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const added = ({ securityContext }: Container) => (securityContext?.capabilities?.add ?? []).filter((name) => !CAPABILITIES.has(name));
  const bad = containersOf(pod).filter((container) => added(container).length > 0);
  if (bad.length === 0) return undefined;
  return { reason: "non-default capabilities", detail: `${named(bad)} must not include ${quoted(sorted(bad.flatMap(added)))} in securityContext.capabilities.add` };
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name]).map((name) => `${name}=true`);
  return shared.length === 0 ? undefined : { reason: "host namespaces", detail: shared.join(", ") };
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const volumes = (spec.volumes ?? []).filter((volume) => volume.hostPath);
  return volumes.length === 0 ? undefined : { reason: "hostPath volumes", detail: `${plural("volume", "volumes", volumes.length)} ${quoted(volumes.map((v) => v.name))}` };
}

function hostPorts(pod: CheckedPod): Violation | undefined {
  const portsOf = ({ ports = [] }: Container) => ports.filter((port) => port.hostPort).map((port) => `${port.hostPort}`);
  const bad = containersOf(pod).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sorted(bad.flatMap(portsOf));
  return { reason: "hostPort", detail: `${named(bad)} ${plural("uses", "use", bad.length)} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}` };
}

function probeHosts(pod: CheckedPod): Violation | undefined {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(handlerHosts);
  const bad = containersOf(pod).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = sorted(bad.map((c) => c.name));
  const hosts = sorted(bad.flatMap(hostsOf));
  return {
    reason: "probe or lifecycle host",
    detail: `${plural("container", "containers", names.length)} ${quoted(names)} ${plural("uses", "use", names.length)} ${plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length)} ${quoted(hosts)}`,
  };
}

const handlerHosts = (handler: Probe | LifecycleHandler | undefined): string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== "") as string[];

export function procMount(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.procMount !== undefined && securityContext.procMount !== "Default");
  if (bad.length === 0) return undefined;
  return { reason: "procMount", detail: `${named(bad)} must not set securityContext.procMount to ${quoted(sorted(bad.map((c) => c.securityContext!.procMount!)))}` };
}

function seLinux(allowed: readonly string[]): Check["find"] {
  return (pod) => {
    const isBad = ({ seLinuxOptions: options }: SecurityContext) => options !== undefined && (!allowed.includes(options.type ?? "") || Boolean(options.user) || Boolean(options.role));
    const who = setters(pod, isBad);
    if (who === "") return undefined;
    const options = [pod.spec.securityContext, ...containersOf(pod).map((c) => c.securityContext)].map((context) => context?.seLinuxOptions);
    const types = sorted(options.map((o) => o?.type ?? "").filter((type) => !allowed.includes(type)));
    const faults = [
      ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
      ...(options.some((o) => o?.user) ? ["user may not be set"] : []),
      ...(options.some((o) => o?.role) ? ["role may not be set"] : []),
    ];
    return { reason: "seLinuxOptions", detail: `${who} set forbidden securityContext.seLinuxOptions: ${faults.join("; ")}` };
  };
}

function seccompAnnotations(pod: CheckedPod): Violation | undefined {
  const { annotations = {} } = pod.metadata;
  const keys = [SECCOMP_POD_ANNOTATION, ...containersOf(pod).map((c) => SECCOMP_CONTAINER_ANNOTATION + c.name)];
  const isBad = (value: string | undefined) => value !== undefined && value !== "runtime/default" && value !== "docker/default" && !value.startsWith("localhost/");
  const bad = sorted(keys.filter((key) => isBad(annotations[key])).map((key) => `${key}=${JSON.stringify(annotations[key])}`));
  return bad.length === 0 ? undefined : { reason: "seccompProfile", detail: `forbidden ${plural("annotation", "annotations", bad.length)} ${bad.join(", ")}` };
}

function seccomp(pod: CheckedPod): Violation | undefined {
  const isBad = ({ seccompProfile }: SecurityContext) => seccompProfile !== undefined && !isAllowedSeccomp(seccompProfile.type);
  const who = setters(pod, isBad);
  if (who === "") return undefined;
  const contexts = [pod.spec.securityContext as SecurityContext | undefined, ...containersOf(pod).map((c) => c.securityContext)];
  const values = sorted(contexts.filter((context) => context && isBad(context)).map((context) => context!.seccompProfile!.type));
  return { reason: "seccompProfile", detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
}

function sysctls(allowed: readonly string[]): Check["find"] {
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map((sysctl) => sysctl.name).filter((name) => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
  };
}

function hostProcess(pod: CheckedPod): Violation | undefined {
  const who = setters(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true);
  return who === "" ? undefined : { reason: "hostProcess", detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}
