/** storage.k8s.io/v1 VolumeAttachment: the wish that a volume be attached to a node; the driver reports in its status. */
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { VolumeAttachment } from "../../types/storage-v1.generated.ts";
import { example } from "./example.ts";
import { validateVolumeAttachment, validateVolumeAttachmentStatus } from "./validate.ts";

export const volumeAttachment: Kind<VolumeAttachment> = {
  group: "storage.k8s.io", kind: "VolumeAttachment", resource: "volumeattachments", singular: "volumeattachment",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.storage.v1.VolumeAttachment" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    allowUnconditionalUpdate: false,
    prepareForCreate(obj) { obj.status = { attached: false }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateVolumeAttachment,
    validateUpdate: (obj, old) => immutable("spec", obj.spec, old.spec),
  },
  subresources: { status: statusSubresource({ keepsMetadata: true, validateUpdate: validateVolumeAttachmentStatus }) },
  columns: [
    nameColumn,
    { name: "Attacher", type: "string", format: "name", description: "The driver that attaches.", value: (obj) => obj.spec.attacher },
    { name: "PV", type: "string", description: "The volume.", value: (obj) => obj.spec.source.persistentVolumeName ?? "" },
    { name: "Node", type: "string", description: "The node.", value: (obj) => obj.spec.nodeName },
    { name: "Attached", type: "boolean", description: "Whether it is attached.", value: (obj) => obj.status?.attached ?? false },
    ageColumn,
  ],
  example,
};
