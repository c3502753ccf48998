import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";

/** One way to allow a request. It cannot refuse: what nobody allows is refused. */
export interface Authorizer {
  readonly name: string;
  authorize(reader: Reader, user: UserInfo, attributes: AuthorizationAttributes): Opinion;
}

export interface Opinion { allowed: boolean; /** Why, or why not, in upstream's words. */ reason?: string }

export const NO_OPINION: Opinion = { allowed: false };
export const refuse = (reason: string): Opinion => ({ allowed: false, reason });
