/** Structured log lines; an `error` field may be anything that was thrown. */
export type Log = (level: "info" | "warn" | "error", message: string, fields?: Record<string, unknown>) => void;

export const logToConsole: Log = (level, message, fields = {}) => {
  const error = fields["error"];
  const shown = error instanceof Error ? { ...fields, error: error.stack ?? error.message } : fields;
  console[level](JSON.stringify({ message, ...shown }));
};
