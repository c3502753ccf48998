import { badRequest } from "../../../lib/errors.ts";
import type { SubresourceStatus, WriteContext } from "../../kind.ts";
import type { Binding } from "../../types/core-v1.generated.ts";

export function bindPod(obj: Binding, { tx, user }: WriteContext): SubresourceStatus {
  const { name, namespace } = obj.metadata;
  if (!name) throw badRequest("metadata.name is required");
  tx.act(tx.kindFor("", "pods")!, namespace, name, "binding", obj, { as: user });
  return { kind: "Status", code: 201 };
}
