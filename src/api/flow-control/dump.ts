import type { FlowControl } from "./flow-control.ts";
import type { Queued } from "./queue-set.ts";

/**
 * The tables below /debug/api_priority_and_fairness/: levels, their queues in use, and the requests that wait or are being
 * served. Columns are upstream's.
 */
export const dumps: Readonly<Record<string, (control: FlowControl, query: URLSearchParams) => string>> = {
  dump_priority_levels: dumpLevels,
  dump_queues: dumpQueues,
  dump_requests: dumpRequests,
};

function dumpLevels(control: FlowControl): string {
  const rows = control.levels().map(({ level, quiescing }) => {
    const { queues } = level;
    const waiting = [...queues.queues].filter((queue) => queue.waiting.length > 0).length;
    return [level.name, waiting, queues.idle, quiescing, queues.waiting, queues.executing, level.dispatched, level.rejected, level.timedOut, level.timedOut];
  });
  return table(["PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests", "DispatchedRequests", "RejectedRequests", "TimedoutRequests", "CancelledRequests"], rows);
}

function dumpQueues(control: FlowControl): string {
  const rows = control.levels().flatMap(({ level }) => [...level.queues.queues].sort((a, b) => a.index - b.index).map((queue) =>
    [level.name, queue.index, queue.waiting.length, queue.executing.size, queue.seatsInUse, `${(queue.nextDispatchR / 1000).toFixed(8)}ss`, queue.seatsWaiting, queue.seatsWaiting, `${(queue.seatsWaiting * 0.003).toFixed(8)}ss`]));
  return table(["PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR", "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum"], rows);
}

function dumpRequests(control: FlowControl, query: URLSearchParams): string {
  const details = !!query.get("includeRequestDetails");
  const rows: (string | number)[][] = [];
  for (const { level: { name, queues } } of control.levels()) {
    const row = (request: Queued, queue: number, position: number) => rows.push([
      name, request.schema, queue, position, request.flow, time(request.arrivalMs), request.seats, 0, "0s", request.startMs === undefined ? "0001-01-01T00:00:00Z" : time(request.startMs),
      ...(details ? [request.user, request.about] : []),
    ]);
    for (const queue of queues.queues) {
      queue.waiting.forEach((request, i) => row(request, queue.index, i));
      for (const request of queue.executing) row(request, queue.index, -1);
    }
    for (const request of queues.queueless) row(request, -1, -1);
  }
  return table(["PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher", "ArriveTime", "InitialSeats", "FinalSeats", "AdditionalLatency", "StartTime", ...(details ? ["UserName", "APIPath"] : [])], rows);
}

const time = (ms: number): string => new Date(ms).toISOString();

/** Values separated by commas, in columns. */
function table(header: readonly string[], rows: readonly (readonly (string | number | boolean)[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell, i) => `${cell}${i < row.length - 1 ? "," : ""}`));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)) + 1);
  return cells.map((row) => `${row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(Math.max(8, widths[i]!)) : cell)).join("")}\n`).join("");
}
