export { AUTHORIZERS, authorize, rulesFor } from "./authorize.ts";
export { checkBound } from "./bound.ts";
export { deny } from "../../kinds/authorization/denial.ts";
