import { type FieldError, invalidValue, required } from "../lib/field-error.ts";
import { isDns1123Subdomain, isPortNumber } from "./values/names.ts";

/** Where a webhook is: a URL, or a service in the cluster. As apiserver's util/webhook judges it. */
const FORM = "; desired format: https://host[/path]";

export function validateWebhookUrl(text: string, path: string): FieldError[] {
  let url: URL;
  try { url = new URL(text); } catch { return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}${FORM}`)]; }
  const errors: FieldError[] = [];
  if (url.protocol !== "https:") errors.push(invalidValue(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${FORM}`));
  if (url.host === "") errors.push(invalidValue(path, "", `host must be specified${FORM}`));
  if (url.username !== "" || url.password !== "") errors.push(invalidValue(path, url.username, "user information is not permitted in the URL"));
  if (url.hash !== "") errors.push(invalidValue(path, url.hash.slice(1), "fragments are not permitted in the URL"));
  if (url.search !== "") errors.push(invalidValue(path, url.search.slice(1), "query parameters are not permitted in the URL"));
  return errors;
}

export function validateServiceReference({ name, namespace, path: urlPath, port }: { name?: string; namespace?: string; path?: string; port?: number }, path: string): FieldError[] {
  return [
    ...(name ? [] : [required(`${path}.name`)]),
    ...(namespace ? [] : [required(`${path}.namespace`)]),
    ...(isPortNumber(port ?? 0).length > 0 ? [invalidValue(`${path}.port`, port ?? 0, `port is not valid: ${isPortNumber(port ?? 0).join(", ")}`)] : []),
    ...validateUrlPath(urlPath ?? "", `${path}.path`),
  ];
}

function validateUrlPath(text: string, path: string): FieldError[] {
  if (text === "" || text === "/") return [];
  if (text === "//") return [invalidValue(path, text, "segment[0] may not be empty")];
  const errors = text.startsWith("/") ? [] : [invalidValue(path, text, "must start with a '/'")];
  const steps = text.slice(1).replace(/\/$/, "").split("/");
  return errors.concat(steps.flatMap((step, i) => (step === ""
    ? [invalidValue(path, text, `segment[${i}] may not be empty`)] : isDns1123Subdomain(step).map((why) => invalidValue(path, text, `segment[${i}]: ${why}`)))));
}
