import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

export type Condition = NonNullable<NonNullable<CertificateSigningRequest["status"]>["conditions"]>[number];

export const conditionsOf = (obj: CertificateSigningRequest, type: string): Condition[] => (obj.status?.conditions ?? []).filter((c) => c.type === type);
export const isTrue = (obj: CertificateSigningRequest, type: string): boolean => conditionsOf(obj, type).some((c) => c.status === "True");

export function fillInTimes(obj: CertificateSigningRequest, old: CertificateSigningRequest, nowMs: number): void {
  for (const condition of obj.status?.conditions ?? []) {
    condition.lastUpdateTime ??= formatTime(nowMs);
    condition.lastTransitionTime ??= conditionsOf(old, condition.type).find((c) => c.status === condition.status)?.lastTransitionTime ?? formatTime(nowMs);
  }
}

/** Signers that send the whole status do not thereby touch who approved or denied. */
export function keepApproval(obj: CertificateSigningRequest, old: CertificateSigningRequest): void {
  for (const type of ["Approved", "Denied"]) {
    const [now, before] = [conditionsOf(obj, type), conditionsOf(old, type)];
    if (now.length === before.length) now.forEach((condition, i) => Object.assign(condition, before[i]));
  }
}
