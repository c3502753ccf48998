import { namespaceLifecycle } from "./namespace-lifecycle/namespace-lifecycle.ts";
import type { AdmissionPlugin } from "./plugin.ts";

/** In upstream's recommended order. */
export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
];
