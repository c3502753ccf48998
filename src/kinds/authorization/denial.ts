import type { AuthorizationAttributes, UserInfo } from "../kind.ts";
import { ApiError, forbidden } from "../../lib/errors.ts";

/** The 403 of a request that nobody allowed, in the words that clients know. */
export function deny(user: UserInfo, attributes: AuthorizationAttributes, reason = ""): ApiError {
  const who = `User ${JSON.stringify(user.username)} cannot ${attributes.verb}`;
  const suffix = reason ? `: ${reason}` : "";
  if (attributes.path !== undefined) {
    return new ApiError(403, "Forbidden", `forbidden: ${who} path ${JSON.stringify(attributes.path)}${suffix}`, {});
  }
  const { group, resource, subresource, namespace, name } = attributes;
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  return forbidden({ group, resource, name }, `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${suffix}`);
}
