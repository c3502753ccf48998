import type { Secret } from "../../types/core-v1.generated.ts";

export const example = (): Secret => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "example" }, data: { key: "dmFsdWU=" } });
