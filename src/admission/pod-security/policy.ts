import { type FieldError, invalidValue } from "../../lib/field-error.ts";

/** The labels of a namespace that choose its levels, by mode. Without labels everything is allowed. */
export type Level = "privileged" | "baseline" | "restricted";
export interface LevelVersion { level: Level; /** Minor version; Infinity is "latest". */ minor: number }
export interface Policy { enforce: LevelVersion; audit: LevelVersion; warn: LevelVersion }

const LEVELS: readonly string[] = ["privileged", "baseline", "restricted"];
const PREFIX = "pod-security.kubernetes.io/";

export const policyText = ({ level, minor }: LevelVersion): string => `${level}:${minor === Infinity ? "latest" : `v1.${minor}`}`;
export const isStricter = (a: Level, b: Level): boolean => LEVELS.indexOf(a) > LEVELS.indexOf(b);

/** With errors the policy is upstream's: enforcement becomes restricted, the other modes fall silent. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: keyof Policy): LevelVersion => {
    const level = labels?.[PREFIX + mode];
    const isWrong = level !== undefined && !LEVELS.includes(level);
    if (isWrong) errors.push(invalidValue(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(", ")}`));
    return { level: isWrong ? (mode === "enforce" ? "restricted" : "privileged") : ((level ?? "privileged") as Level), minor: readVersion(labels, mode, errors) };
  };
  const policy = { enforce: read("enforce"), audit: read("audit"), warn: read("warn") };
  const enforced = labels?.[`${PREFIX}enforce`];
  if (labels?.[`${PREFIX}warn`] === undefined && enforced !== undefined && LEVELS.includes(enforced) && isStricter(policy.enforce.level, policy.warn.level)) {
    policy.warn.level = policy.enforce.level;
    if (labels?.[`${PREFIX}warn-version`] === undefined) policy.warn.minor = policy.enforce.minor;
  }
  return { policy, errors };
}

function readVersion(labels: Readonly<Record<string, string>> | undefined, mode: string, errors: FieldError[]): number {
  const key = `${PREFIX}${mode}-version`;
  const text = labels?.[key];
  if (text === undefined || text === "latest") return Infinity;
  const match = /^v1\.(0|[1-9]\d{0,8})$/.exec(text);
  if (match) return Number(match[1]);
  errors.push(invalidValue(`metadata.labels[${key}]`, text, 'must be "latest" or "v1.x"'));
  return Infinity;
}
