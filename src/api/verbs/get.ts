import { methodNotAllowed } from "../../lib/errors.ts";
import type { ApiResponse } from "../request.ts";
import { revisionOf, tooLargeResourceVersion } from "../registry/list-options.ts";
import { existingOf, respond, servedText, type ResourceCall } from "../registry/resource-call.ts";
import { scaleOf } from "../registry/scale.ts";

/** GET of one object, or of a view or the scale of it. The answer is always the newest, so `resourceVersion` only has to be reached. */
export function get(call: ResourceCall): ApiResponse {
  refuseUnreached(call);
  const existing = existingOf(call);
  const { subresource } = call;
  if (subresource === undefined || subresource.type === "view") return respond(200, servedText(call, existing));
  if (subresource.type === "scale") return respond(200, JSON.stringify(scaleOf(existing.object, subresource)));
  throw methodNotAllowed();
}

function refuseUnreached({ query, session }: ResourceCall): void {
  const asked = query.get("resourceVersion");
  if (!asked) return;
  const revision = revisionOf(asked);
  if (revision > session.stx.revision) throw tooLargeResourceVersion(revision, session.stx.revision);
}
