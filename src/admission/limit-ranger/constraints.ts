import { compareText, quantityOf } from "../../kinds/pod-spec/quantity-checks.ts";

/** One bound of a LimitRange against what is asked for: a text of what is wrong, or undefined. The texts are upstream's. */
export type Amounts = Readonly<Record<string, string>>;

export function minimum(type: string, name: string, bound: string, requests: Amounts, limits: Amounts): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareText(request, bound) < 0) return `${text}, but request is ${request}`;
  return limit !== undefined && compareText(limit, bound) < 0 ? `${text}, but limit is ${limit}` : undefined;
}

export function maximum(type: string, name: string, bound: string, requests: Amounts, limits: Amounts): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [requests[name], limits[name]];
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (compareText(limit, bound) > 0) return `${text}, but limit is ${limit}`;
  return request !== undefined && compareText(request, bound) > 0 ? `${text}, but request is ${request}` : undefined;
}

/** Where limits mean nothing (claims). */
export function maximumOfRequest(type: string, name: string, bound: string, requests: Amounts): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  const request = requests[name];
  if (request === undefined) return `${text}.  No request is specified`;
  return compareText(request, bound) > 0 ? `${text}, but request is ${request}` : undefined;
}

export function limitRequestRatio(type: string, name: string, bound: string, requests: Amounts, limits: Amounts): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  const [request, limit] = [quantityOf(requests[name]).nano, quantityOf(limits[name]).nano];
  if (request === 0n) return `${text}, but no request is specified or request is 0`;
  if (limit === 0n) return `${text}, but no limit is specified or limit is 0`;
  const ratio = Number(limit) / Number(request);
  return ratio > Number(quantityOf(bound).nano) / 1e9 ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
