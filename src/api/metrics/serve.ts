import type { Call } from "../call.ts";
import { textResponse } from "../http/respond.ts";
import { metricsText } from "./counters.ts";

/** Prometheus' text format; of this isolate, since a Worker has no memory beyond it. */
export const serveMetrics = (_call: Call): Response => textResponse(200, metricsText(), { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
