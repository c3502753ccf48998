import type { ParsedRequest } from "../../../lib/certificate-request.ts";

/** What each signer of ours accepts; the texts become the message of the condition Failed, as upstream's. */
const KUBELET_CLIENT = [["client auth", "digital signature"], ["client auth", "digital signature", "key encipherment"]];
const KUBELET_SERVING = [["digital signature", "server auth"], ["digital signature", "key encipherment", "server auth"]];

type Rule = (request: ParsedRequest, usages: readonly string[]) => string | undefined;

export const signers: Readonly<Record<string, Rule>> = {
  "kubernetes.io/kube-apiserver-client": (_request, usages) => {
    const wrong = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
    if (wrong !== undefined) return `invalid usage for client certificate: ${wrong}`;
    return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
  },
  "kubernetes.io/kube-apiserver-client-kubelet": (request, usages) => {
    if (!isNodes(request)) return "subject organization is not system:nodes";
    if (request.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
    if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
    if (request.ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
    if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
    if (!isNode(request)) return "subject common name does not begin with system:node:";
    return usagesFault(usages, KUBELET_CLIENT);
  },
  "kubernetes.io/kubelet-serving": (request, usages) => {
    if (!isNodes(request)) return "subject organization is not system:nodes";
    if (request.dnsNames.length + request.ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
    if (request.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
    if (request.uris.length > 0) return "URI subjectAltNames are not allowed";
    return usagesFault(usages, KUBELET_SERVING) ?? (isNode(request) ? undefined : "subject common name does not begin with system:node:");
  },
  "kubernetes.io/legacy-unknown": () => undefined,
};

const isNodes = ({ organizations }: ParsedRequest): boolean => organizations.length === 1 && organizations[0] === "system:nodes";
const isNode = ({ commonName }: ParsedRequest): boolean => commonName.startsWith("system:node:");

function usagesFault(usages: readonly string[], allowed: readonly (readonly string[])[]): string | undefined {
  const text = [...new Set(usages)].sort().join();
  return allowed.some((set) => set.join() === text) ? undefined : `usages did not match [${allowed.at(-1)!.join(" ")}]`;
}
