import type { Event } from "../../types/core-v1.generated.ts";

export const example = (): Event => ({
  apiVersion: "v1", kind: "Event", metadata: { name: "example", namespace: "default" },
  involvedObject: { kind: "Pod", name: "example", namespace: "default" }, reason: "Started", message: "It has begun.", type: "Normal",
});
