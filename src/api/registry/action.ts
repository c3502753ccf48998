import type { KubeObject } from "../../kinds/object.ts";
import type { SubresourceStatus } from "../../kinds/kind.ts";
import { admit } from "./admission.ts";
import { storeKey } from "./catalog.ts";
import type { Write } from "./write-context.ts";

/** Runs an action subresource (binding, eviction, token). The kind itself writes what follows through `ctx.tx`. */
export function runAction(write: Write, object: KubeObject, input: KubeObject): KubeObject | SubresourceStatus {
  const { kind, subresource } = write;
  const action = kind.subresources?.[subresource!];
  if (action?.type !== "action") throw new Error(`${storeKey(kind)} has no action ${subresource}`);
  const { namespace, name } = object.metadata;
  const attributes = { operation: "CREATE" as const, kind, subresource, namespace, name, object, input, inputType: action.input };
  admit.mutate(attributes, write);
  admit.validate(attributes, write);
  return action.run(object, input, write);
}
