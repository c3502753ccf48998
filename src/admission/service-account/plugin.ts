import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import { serviceAccount } from "../../kinds/core/service-account/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from "../../kinds/types/core-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import { randomSuffix } from "../../lib/generate-name.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";

/**
 * Every pod runs as a service account that exists, with its token, the cluster's CA and the namespace mounted where
 * in-cluster clients look for them, unless the pod or the account says not to.
 */
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
/** Odd on purpose, upstream too: tokens of an hour and seven seconds are recognized as those of admission. */
const TOKEN_SECONDS = 3607;
const MIRROR = "kubernetes.io/config.mirror";

export const serviceAccountAdmission: AdmissionPlugin = {
  name: "ServiceAccount",
  handles: ({ operation, kind, subresource }) => kind === podKind && operation === "CREATE" && subresource === undefined,
  mutate(attributes, ctx) {
    const pod = attributes.object as Pod;
    const spec = (pod.spec ??= {} as PodSpec);
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return refuseMirrorWithSecrets(attributes, spec);
    const name = (spec.serviceAccountName ||= spec.serviceAccount || "default");
    const account = ctx.reader.get(serviceAccount, attributes.namespace, name);
    if (!account) throw forbidden(subject(attributes), `error looking up service account ${attributes.namespace}/${name}: serviceaccount "${name}" not found`);
    if (mountsToken(spec, account)) mountToken(spec, ctx);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) spec.imagePullSecrets = account.imagePullSecrets.map((s) => ({ ...s }));
  },
};

const subject = ({ name, object }: AdmissionAttributes) => ({ group: "", resource: "pods", name: name ?? object?.metadata.generateName ?? "" });

function refuseMirrorWithSecrets(attributes: AdmissionAttributes, spec: PodSpec): void {
  if (spec.serviceAccountName) throw forbidden(subject(attributes), "a mirror pod may not reference service accounts");
  const projectsToken = (spec.volumes ?? []).some((v) => v.secret || v.projected?.sources?.some((s) => s.serviceAccountToken));
  if (projectsToken) throw forbidden(subject(attributes), "a mirror pod may not reference secrets");
}

const mountsToken = (spec: PodSpec, account: ServiceAccount): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

function mountToken(spec: PodSpec, { tx }: WriteContext): void {
  const containers: Container[] = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter((c) => !c.volumeMounts?.some((m) => m.mountPath === TOKEN_PATH));
  if (without.length === 0) return;
  const known = spec.volumes?.find((v) => v.name?.startsWith(VOLUME_PREFIX));
  const name = known?.name ?? VOLUME_PREFIX + randomSuffix(() => tx.random());
  for (const container of without) container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_PATH }];
  if (!known) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ],
    defaultMode: 0o644,
  },
});
