/** For sorting, by code units as Go sorts; what is absent comes first. */
export const textOrder = (a = "", b = ""): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0);
