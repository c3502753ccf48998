/** Parameters of pods/log. The API side has validated them. */
export interface LogQuery {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  sinceMs: number | undefined;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  stream: "stdout" | "stderr" | undefined;
}

export function parseLogQuery(query: string, nowMs: number): LogQuery {
  const values = new URLSearchParams(query);
  const isTrue = (name: string): boolean => ["true", "1"].includes(values.get(name) ?? "");
  const number = (name: string): number | undefined => (values.has(name) ? Number(values.get(name)) : undefined);
  const seconds = number("sinceSeconds");
  const time = values.get("sinceTime");
  const stream = values.get("stream");
  return {
    follow: isTrue("follow"), previous: isTrue("previous"), timestamps: isTrue("timestamps"), tailLines: number("tailLines"), limitBytes: number("limitBytes"),
    sinceMs: seconds !== undefined ? nowMs - seconds * 1000 : time ? Date.parse(time) : undefined,
    stream: stream === "Stdout" ? "stdout" : stream === "Stderr" ? "stderr" : undefined,
  };
}
