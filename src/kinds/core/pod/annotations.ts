import { type FieldError, forbiddenField, invalidValue } from "../../../lib/field-error.ts";
import { eachContainer } from "../../pod-spec/each-container.ts";
import { validateTolerations } from "../../pod-spec/scheduling.ts";
import { INT32_MAX } from "../../pod-spec/validate.ts";
import { validateLocalDescendingPath } from "../../pod-spec/volumes/paths.ts";
import type { Pod, Toleration } from "../../types/core-v1.generated.ts";

const MIRROR = "kubernetes.io/config.mirror";
const TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const PATH = "metadata.annotations";

export const isMirrorPod = ({ metadata }: Pod): boolean => metadata.annotations?.[MIRROR] !== undefined;

/** Annotations that mean something to Kubernetes itself. */
export function validatePodAnnotations(obj: Pod): FieldError[] {
  const { annotations } = obj.metadata;
  if (!annotations) return [];
  const errors: FieldError[] = [];
  if (isMirrorPod(obj) && !obj.spec?.nodeName) {
    errors.push(invalidValue(`${PATH}[${MIRROR}]`, annotations[MIRROR], "must set spec.nodeName if mirror pod annotation is set"));
  }
  if (annotations[TOLERATIONS]) errors.push(...validateTolerationsText(annotations[TOLERATIONS]));
  if (annotations[DELETION_COST] !== undefined && !isInt32(annotations[DELETION_COST])) {
    errors.push(invalidValue(`${PATH}[${DELETION_COST}]`, annotations[DELETION_COST], "must be a 32bit integer"));
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) errors.push(...validateSeccomp(value, `${PATH}.${key}`));
    if (key.startsWith(APP_ARMOR)) errors.push(...validateAppArmor(key, value, obj));
  }
  return errors;
}

function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]{0,9})$/.test(text) && Number(text) <= INT32_MAX && Number(text) >= -INT32_MAX - 1;
}

function validateTolerationsText(text: string): FieldError[] {
  let parsed: unknown;
  try { parsed = JSON.parse(text); } catch (error) { return [invalidValue(PATH, TOLERATIONS, (error as Error).message)]; }
  const isList = Array.isArray(parsed) && parsed.every((item) => typeof item === "object" && item !== null);
  if (!isList) return [invalidValue(PATH, TOLERATIONS, "must be a list of tolerations")];
  const texts = (parsed as Toleration[]).every((t) => [t.key, t.operator, t.value, t.effect].every((v) => v == null || typeof v === "string"));
  return texts ? validateTolerations(parsed as Toleration[], `${PATH}.${TOLERATIONS}`) : [invalidValue(PATH, TOLERATIONS, "must be a list of tolerations")];
}

function validateSeccomp(profile: string, path: string): FieldError[] {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return [];
  if (profile.startsWith("localhost/")) return validateLocalDescendingPath(profile.slice("localhost/".length), path);
  return [invalidValue(path, profile, "must be a valid seccomp profile")];
}

function validateAppArmor(key: string, profile: string, { spec }: Pod): FieldError[] {
  const name = key.slice(APP_ARMOR.length);
  let isKnown = false;
  if (spec) eachContainer(spec, "spec", (container) => { isKnown ||= container.name === name; });
  const isValid = ["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith("localhost/");
  return [
    ...(isKnown ? [] : [invalidValue(`${PATH}[${key}]`, name, "container not found")]),
    ...(isValid ? [] : [invalidValue(`${PATH}[${key}]`, profile, `invalid AppArmor profile name: "${profile}"`)]),
  ];
}

/** Profiles that a new pod names both in the old annotations and in fields must be the same. */
export function validateProfileAnnotations({ metadata: { annotations }, spec }: Pod): FieldError[] {
  if (!annotations || !spec || spec.os?.name === "windows") return [];
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext;
  const seccompOfPod = annotations[SECCOMP_POD];
  if (ofPod?.seccompProfile && seccompOfPod !== undefined) {
    errors.push(...validateAgreement("seccomp", seccompOfPod, ofPod.seccompProfile, "spec.securityContext.seccompProfile"));
  }
  eachContainer(spec, "spec", ({ name, securityContext }, path) => {
    const [seccomp, appArmor] = [annotations[SECCOMP_CONTAINER + name], annotations[APP_ARMOR + name]];
    const appArmorProfile = securityContext?.appArmorProfile ?? ofPod?.appArmorProfile;
    const at = `${path}.securityContext`;
    if (seccomp !== undefined && securityContext?.seccompProfile) errors.push(...validateAgreement("seccomp", seccomp, securityContext.seccompProfile, `${at}.seccompProfile`));
    if (appArmor !== undefined && appArmorProfile) errors.push(...validateAgreement("apparmor", appArmor, appArmorProfile, `${at}.appArmorProfile`));
  });
  return errors;
}

function validateAgreement(noun: string, text: string, { type, localhostProfile }: { type: string; localhostProfile?: string }, path: string): FieldError[] {
  const refused = (field: string, what: string) => [forbiddenField(`${path}.${field}`, `${noun} ${what} in annotation and field must match`)];
  switch (type) {
    case "Unconfined": return text === "unconfined" ? [] : refused("type", "type");
    case "RuntimeDefault": return text === "runtime/default" || (noun === "seccomp" && text === "docker/default") ? [] : refused("type", "type");
    case "Localhost":
      if (!text.startsWith("localhost/")) return refused("type", "type");
      return text.slice("localhost/".length) === localhostProfile ? [] : refused("localhostProfile", "profile");
    default: return [];
  }
}

/** Some of them are settled at creation. */
export function validateAnnotationChanges(obj: Pod, old: Pod): FieldError[] {
  const [now, before] = [obj.metadata.annotations ?? {}, old.metadata.annotations ?? {}];
  const errors: FieldError[] = [];
  for (const key in before) {
    if (now[key] === before[key]) continue;
    if (key.startsWith(APP_ARMOR)) errors.push(forbiddenField(`${PATH}[${key}]`, "may not remove or update AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(`${PATH}[${key}]`, "may not remove or update mirror pod annotation"));
  }
  for (const key in now) {
    if (key in before) continue;
    if (key.startsWith(APP_ARMOR)) errors.push(forbiddenField(`${PATH}[${key}]`, "may not add AppArmor annotations"));
    if (key === MIRROR) errors.push(forbiddenField(`${PATH}[${key}]`, "may not add mirror pod annotation"));
  }
  return errors;
}
