import { textToBase64 } from "../lib/base64.ts";

/** Text of a kubeconfig with one cluster, one user and one context of the same name. Strings are JSON, which is YAML. */
export function kubeconfig(options: { server: string; token: string; name: string; /** Absent: the server's certificate is a public one. */ caPem?: string; username?: string; namespace?: string }): string {
  const { server, token, name, caPem, username = name, namespace } = options;
  const q = JSON.stringify;
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${q(name)}`,
    "  cluster:",
    `    server: ${q(server)}`,
    ...(caPem ? [`    certificate-authority-data: ${textToBase64(caPem)}`] : []),
    "users:",
    `- name: ${q(username)}`,
    "  user:",
    `    token: ${q(token)}`,
    "contexts:",
    `- name: ${q(name)}`,
    "  context:",
    `    cluster: ${q(name)}`,
    `    user: ${q(username)}`,
    ...(namespace ? [`    namespace: ${q(namespace)}`] : []),
    `current-context: ${q(name)}`,
    "",
  ].join("\n");
}
