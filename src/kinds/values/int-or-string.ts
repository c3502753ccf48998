/** intstr.IntOrString: a number, or a text that is a percentage or a name. */
export type IntOrString = number | string;

/**
 * A number as it is, a percentage of `total` (rounded up or down). Throws with upstream's text on any other string.
 */
export function scaledValue(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === "number") return value;
  if (!value.endsWith("%")) throw new Error("invalid value for IntOrString: invalid type: string is not a percentage");
  const digits = value.slice(0, -1);
  if (!/^[+-]?[0-9]{1,18}$/.test(digits)) {
    throw new Error(`invalid value for IntOrString: invalid value ${JSON.stringify(value)}: strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`);
  }
  const exact = (Number(digits) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

/** Number, or the number that the text is; 0 if it is none. */
export function intValue(value: IntOrString): number {
  if (typeof value === "number") return value;
  return /^[+-]?[0-9]{1,18}$/.test(value) ? Number(value) : 0;
}

/** The percentage that it is, or undefined. */
export function percentOf(value: IntOrString): number | undefined {
  return typeof value === "string" && /^[0-9]{1,9}%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
}
