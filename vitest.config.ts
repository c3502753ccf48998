import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Three rings: pure and integration tests on Node, the storage contract inside workerd, and end to end. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["{src,agent,cli,protocol,scripts,bench}/**/*.test.ts", "test/contract/**/*.test.ts", "test/integration/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        plugins: [cloudflareTest({
          main: "./test/workerd/worker.ts",
          miniflare: {
            compatibilityDate: "2026-10-01",
            compatibilityFlags: ["nodejs_compat"],
            durableObjects: {
              STORE: { className: "StoreHost", useSQLite: true },
              CLUSTER: { className: "Cluster", useSQLite: true },
            },
          },
        })],
        test: { name: "workerd", include: ["test/workerd/**/*.test.ts"], testTimeout: 30_000 },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/support/start-shared.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { concurrent: false },
        },
      },
    ],
  },
});
