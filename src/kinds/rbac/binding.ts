import type { Column, Strategy } from "../kind.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { refuseBinding } from "./escalation.ts";
import { forgetRules } from "./resolve.ts";
import { RBAC_GROUP, type RoleBinding, type Subject } from "./types.ts";
import { validateBindingUpdate } from "./validate.ts";

/** What RoleBinding and ClusterRoleBinding share. */
export const bindingStrategy: Strategy<RoleBinding> = {
  hasGeneration: false,
  allowCreateOnUpdate: true,
  defaults(obj) {
    if (obj.roleRef && !obj.roleRef.apiGroup) obj.roleRef.apiGroup = RBAC_GROUP;
    for (const subject of obj.subjects ?? []) {
      if (!subject.apiGroup && (subject.kind === "User" || subject.kind === "Group")) subject.apiGroup = RBAC_GROUP;
    }
  },
  validateUpdate: validateBindingUpdate,
  authorizeWrite: refuseBinding,
  afterWrite: (_change, ctx) => forgetRules(ctx.reader),
};

const subjectsColumn = (name: string, of: string, kind: string): Column<RoleBinding> => ({
  name, type: "string", priority: 1, description: `${name} in the ${of}`,
  value: (obj) => (obj.subjects ?? []).filter((subject) => subject.kind === kind).map(subjectText).join(", "),
});

const subjectText = (subject: Subject): string =>
  (subject.kind === "ServiceAccount" && subject.namespace ? `${subject.namespace}/${subject.name}` : subject.name);

/** `of` is the kind's name as the descriptions spell it. */
export const bindingColumns = (of: string): readonly Column<RoleBinding>[] => [
  nameColumn,
  { name: "Role", type: "string", description: "Role that is referred to.", value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  subjectsColumn("Users", of, "User"),
  subjectsColumn("Groups", of, "Group"),
  subjectsColumn("ServiceAccounts", of, "ServiceAccount"),
];
