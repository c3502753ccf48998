import { badRequest, invalid } from "../../lib/errors.ts";
import { invalidValue, type FieldError } from "../../lib/field-error.ts";
import type { UserInfo, WriteContext } from "../kind.ts";
import type { ObjectMeta } from "../object.ts";
import type { SelfSubjectAccessReview, SubjectAccessReview, SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "../types/authorization-v1.generated.ts";
import { attributesOf, validateQuestion, type Question } from "./attributes.ts";

/** SubjectAccessReview: may this user? */
export function reviewSubject(obj: SubjectAccessReview, ctx: WriteContext): SubjectAccessReview {
  refuse([...validateSubject(obj.spec), ...validateEmpty(obj.metadata, [], "must be empty")], ctx);
  return { ...obj, status: answer(obj.spec, ctx, userOf(obj.spec)) };
}

/** LocalSubjectAccessReview: may this user, in this namespace? */
export function reviewLocally(obj: SubjectAccessReview, ctx: WriteContext): SubjectAccessReview {
  const { spec, metadata } = obj;
  const errors = [...validateSubject(spec), ...validateEmpty(metadata, ["namespace"], "must be empty except for namespace")];
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== metadata.namespace) {
    errors.push(invalidValue("spec.resourceAttributes.namespace", spec.resourceAttributes.namespace ?? "", "must match metadata.namespace"));
  }
  if (spec.nonResourceAttributes) errors.push(invalidValue("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request"));
  refuse(errors, ctx);
  if (!metadata.namespace) throw badRequest("namespace is required on this type: ");
  return { ...obj, status: answer(spec, ctx, userOf(spec)) };
}

/** SelfSubjectAccessReview: may I? */
export function reviewSelf(obj: SelfSubjectAccessReview, ctx: WriteContext): SelfSubjectAccessReview {
  refuse([...validateQuestion(obj.spec), ...validateEmpty(obj.metadata, [], "must be empty")], ctx);
  return { ...obj, status: answer(obj.spec, ctx, ctx.user) };
}

function answer(question: Question, ctx: WriteContext, user: UserInfo): SubjectAccessReviewStatus {
  const { allowed, reason } = ctx.authorize(attributesOf(question), user);
  return { allowed, ...(reason && { reason }) };
}

function validateSubject(spec: SubjectAccessReviewSpec): FieldError[] {
  const errors = validateQuestion(spec);
  if (!spec.user && !spec.groups?.length) errors.push(invalidValue("spec.user", spec.user ?? "", "at least one of user or group must be specified"));
  return errors;
}

const userOf = ({ user, uid, groups, extra }: SubjectAccessReviewSpec): UserInfo =>
  ({ username: user ?? "", ...(uid && { uid }), groups: groups ?? [], ...(extra && { extra }) });

/** A review is not an object: it has no name or labels. */
function validateEmpty(metadata: ObjectMeta, except: readonly string[], text: string): FieldError[] {
  const given = Object.entries(metadata).filter(([key, value]) => key !== "managedFields" && !except.includes(key) && value !== undefined && value !== null && value !== "");
  return given.length > 0 ? [invalidValue("metadata", metadata, text)] : [];
}

function refuse(errors: readonly FieldError[], ctx: WriteContext): void {
  const { group, kind, resource } = ctx.kind;
  if (errors.length > 0) throw invalid({ group, kind, resource }, errors);
}
