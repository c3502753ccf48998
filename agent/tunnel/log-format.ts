/** CRI's log lines: `2026-01-01T00:00:00.000000000Z stdout F text`, with P for a line that goes on in the next one. */
export interface LogLine { timeText: string; stream: "stdout" | "stderr"; isPartial: boolean; text: string }

export function parseLogLine(line: string): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr) ([PF])(?::\S*)?(?: (.*))?$/s.exec(line);
  if (!match) return undefined;
  return { timeText: match[1]!, stream: match[2] as LogLine["stream"], isPartial: match[3] === "P", text: match[4] ?? "" };
}
