import type { ApiResponse } from "../request.ts";
import { existingOf, notAllowed, respond, servedText, type ResourceCall } from "../registry/resource-call.ts";
import { scaleOf } from "../registry/scale.ts";

/** GET of one object, or of a view or the scale of it. `resourceVersion` is not asked: the answer is always the newest. */
export function get(call: ResourceCall): ApiResponse {
  const existing = existingOf(call);
  const { subresource } = call;
  if (subresource === undefined || subresource.type === "view") return respond(200, servedText(call, existing));
  if (subresource.type === "scale") return respond(200, JSON.stringify(scaleOf(existing.object, subresource)));
  throw notAllowed();
}
