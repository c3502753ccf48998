import { expect } from "vitest";
import type { Answer } from "./test-api.ts";

/** `expect(answer).toBeStatus(409, "Conflict")`: a Status with that code and reason, as clients see it. */
declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    toBeStatus(code: number, reason?: string): R & (T extends never ? never : R);
    toSatisfyAll(holds: (item: any) => boolean): R;
  }
}

expect.extend({
  toBeStatus(received: Answer, code: number, reason?: string) {
    const { status, body } = received;
    const pass = status === code && body?.kind === "Status" && body.code === code && (reason === undefined || body.reason === reason);
    const wanted = `Status ${code}${reason === undefined ? "" : ` ${reason}`}`;
    return { pass, message: () => `expected ${wanted}${pass ? " not" : ""}, got ${status} ${JSON.stringify(body)}` };
  },
});

expect.extend({
  toSatisfyAll(received: readonly unknown[], holds: (item: any) => boolean) {
    const failing = received.filter((item) => !holds(item));
    return { pass: failing.length === 0, message: () => `expected all of ${received.length} to satisfy ${holds}; ${failing.length} do not: ${JSON.stringify(failing[0])}` };
  },
});
