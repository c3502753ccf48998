/**
 * core/v1 Pod. Its specification is fixed at creation but for a few fields; the scheduler places it through `binding`,
 * its node's agent reports through `status`, and a deleted pod lingers until that agent has stopped its containers.
 */
import type { Kind } from "../../kind.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { assignment, binding } from "./binding.ts";
import { columns } from "./columns.ts";
import { defaultPod } from "./defaults.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { eviction } from "./eviction.ts";
import { example } from "./example.ts";
import { indexes } from "./indexes.ts";
import { gracePeriodSeconds } from "./grace-period.ts";
import { preparePodForCreate, preparePodForUpdate } from "./prepare.ts";
import { resize } from "./resize.ts";
import { selectableFields } from "./selectable-fields.ts";
import { status } from "./status.ts";
import { attach, exec, log, portForward, proxy } from "./streams.ts";
import { validatePodUpdate } from "./update.ts";
import { validatePod } from "./validate.ts";
import { warnings } from "./warnings.ts";

export const pod: Kind<Pod> = {
  group: "", kind: "Pod", resource: "pods", singular: "pod", shortNames: ["po"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Pod" }],
  strategy: {
    hasGeneration: true,
    defaults: defaultPod,
    prepareForCreate: preparePodForCreate,
    prepareForUpdate: preparePodForUpdate,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    warnings,
    gracePeriodSeconds,
    returnsDeleted: true,
  },
  subresources: {
    status, ephemeralcontainers: ephemeralContainers, resize,
    binding, assignment, eviction,
    log, exec, attach, portforward: portForward, proxy,
  },
  columns,
  selectableFields,
  indexedFields: ["spec.nodeName"],
  indexes,
  example,
};
