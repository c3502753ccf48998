import { ageColumn, labelsText, nameColumn } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";
import { templateColumns } from "../workload-columns.ts";

export const columns: readonly Column<DaemonSet>[] = [
  nameColumn,
  { name: "Desired", type: "integer", description: "Nodes that should run it.", value: (obj) => obj.status?.desiredNumberScheduled ?? 0 },
  { name: "Current", type: "integer", description: "Such nodes that have a pod.", value: (obj) => obj.status?.currentNumberScheduled ?? 0 },
  { name: "Ready", type: "integer", description: "Pods that are ready.", value: (obj) => obj.status?.numberReady ?? 0 },
  { name: "Up-to-date", type: "integer", description: "Pods made from the present template.", value: (obj) => obj.status?.updatedNumberScheduled ?? 0 },
  { name: "Available", type: "integer", description: "Pods that have been ready for minReadySeconds.", value: (obj) => obj.status?.numberAvailable ?? 0 },
  { name: "Node Selector", type: "string", description: "Labels of the nodes that should run it.", value: (obj) => labelsText(obj.spec?.template?.spec?.nodeSelector) },
  ageColumn,
  ...templateColumns<DaemonSet>(),
];
