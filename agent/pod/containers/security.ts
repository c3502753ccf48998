/** Security contexts of pod and container, merged into CRI's terms. A container's own setting wins over the pod's. */
import type { Image, LinuxContainerSecurityContext, LinuxSandboxSecurityContext, NamespaceOption, SecurityProfile } from "../../cri/messages.ts";
import { podText, type NamedContainer, type Pod } from "../types.ts";
import { ConfigError } from "./environment-variables.ts";

const Namespace = { POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 } as const;
const Profile = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
const MASKED_PATHS = ["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
  "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

function namespaceOptions(pod: Pod): NamespaceOption {
  return {
    network: pod.spec.hostNetwork ? Namespace.NODE : Namespace.POD,
    ipc: pod.spec.hostIPC ? Namespace.NODE : Namespace.POD,
    pid: pod.spec.hostPID ? Namespace.NODE : pod.spec.shareProcessNamespace ? Namespace.POD : Namespace.CONTAINER,
  };
}

export function sandboxSecurity(pod: Pod): LinuxSandboxSecurityContext {
  const own = pod.spec.securityContext ?? {};
  const privileged = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((c) => c.securityContext?.privileged);
  return {
    privileged, namespaceOptions: namespaceOptions(pod), seccomp: { profileType: Profile.RuntimeDefault }, supplementalGroups: groups(pod),
    ...(own.runAsUser !== undefined && { runAsUser: { value: own.runAsUser } }),
    ...(own.runAsUser !== undefined && own.runAsGroup !== undefined && { runAsGroup: { value: own.runAsGroup } }),
    ...(own.seLinuxOptions && { selinuxOptions: own.seLinuxOptions }),
  };
}

const groups = (pod: Pod): number[] => {
  const own = pod.spec.securityContext ?? {};
  return [...new Set([...(own.supplementalGroups ?? []), ...(own.fsGroup !== undefined ? [own.fsGroup] : [])])];
};

/** Throws ConfigError where runAsNonRoot cannot be kept. */
export function containerSecurity(pod: Pod, container: NamedContainer, image: Image | undefined, targetId: string | undefined): LinuxContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const user = own.runAsUser ?? shared.runAsUser;
  const group = own.runAsGroup ?? shared.runAsGroup;
  if (own.runAsNonRoot ?? shared.runAsNonRoot) requireNonRoot(pod, container, user, image);
  const unmasked = own.procMount === "Unmasked" || privileged;
  const imageUser = image?.uid ? { runAsUser: { value: image.uid.value ?? 0 } } : image?.username ? { runAsUsername: image.username } : { runAsUser: { value: 0 } };
  return {
    privileged, readonlyRootfs: own.readOnlyRootFilesystem ?? false, noNewPrivs: own.allowPrivilegeEscalation === false && !privileged,
    namespaceOptions: targetId ? { ...namespaceOptions(pod), pid: Namespace.TARGET, targetId } : namespaceOptions(pod),
    supplementalGroups: groups(pod), supplementalGroupsPolicy: shared.supplementalGroupsPolicy === "Strict" ? 1 : 0,
    ...(user !== undefined ? { runAsUser: { value: user } } : imageUser),
    ...(group !== undefined && { runAsGroup: { value: group } }),
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [] },
    maskedPaths: unmasked ? [] : MASKED_PATHS, readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: profile(privileged ? undefined : (own.seccompProfile ?? shared.seccompProfile)),
    ...((own.seLinuxOptions ?? shared.seLinuxOptions) && { selinuxOptions: own.seLinuxOptions ?? shared.seLinuxOptions }),
  };
}

function profile(wanted: { type?: string; localhostProfile?: string } | undefined): SecurityProfile {
  if (wanted?.type === "RuntimeDefault") return { profileType: Profile.RuntimeDefault };
  if (wanted?.type === "Localhost") return { profileType: Profile.Localhost, localhostRef: `/var/lib/kubelet/seccomp/${wanted.localhostProfile ?? ""}` };
  return { profileType: Profile.Unconfined };
}

function requireNonRoot(pod: Pod, container: NamedContainer, user: number | undefined, image: Image | undefined): void {
  const where = `(pod: ${JSON.stringify(podText(pod))}, container: ${container.name})`;
  if (user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (user !== undefined) return;
  if (image?.username) throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
  if ((image?.uid?.value ?? 0) === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}
