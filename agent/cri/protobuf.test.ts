import { expect, test } from "vitest";
import { messages } from "./messages.ts";
import { decodeMessage, encodeMessage } from "./protobuf.ts";

test("a sandbox request survives the wire", () => {
  const config = {
    metadata: { name: "p", uid: "u", namespace: "ns", attempt: 3 }, labels: { a: "b", empty: "" }, dnsConfig: { servers: ["10.0.0.1", "10.0.0.2"] },
    linux: { securityContext: { runAsUser: { value: 0 }, supplementalGroups: [1, 2 ** 33], namespaceOptions: { network: 2 } } },
  };
  const decoded = decodeMessage(messages, "PodSandboxConfig", encodeMessage(messages, "PodSandboxConfig", config)) as typeof config;
  // Zero values are not written; a wrapper with one is.
  expect(decoded).toEqual({ ...config, linux: { securityContext: { ...config.linux.securityContext, runAsUser: {} } } });
});

test("negative numbers and packed lists are read", () => {
  const bytes = encodeMessage(messages, "LinuxContainerResources", { oomScoreAdj: -997 });
  expect(decodeMessage(messages, "LinuxContainerResources", bytes)).toEqual({ oomScoreAdj: -997 });
  expect(decodeMessage({ M: { list: [1, "int64", "repeated"] } }, "M", Uint8Array.from([0x0a, 3, 1, 0x80, 1]))).toEqual({ list: [1, 128] });
});

test("bytes that end too early are an error, unknown fields are not", () => {
  expect(() => decodeMessage(messages, "VersionRequest", Uint8Array.from([0x0a, 9, 1]))).toThrow("ends inside a field");
  expect(decodeMessage(messages, "VersionRequest", Uint8Array.from([0xfa, 0x01, 1, 7]))).toEqual({});
});
