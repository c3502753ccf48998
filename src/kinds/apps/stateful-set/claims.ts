import type { PersistentVolumeClaim, PodSpec } from "../../types/core-v1.generated.ts";

/** The specification with a volume for each claim, in place of what the template calls the same. Claims come last, so that others keep their places. */
export function withClaimVolumes(spec: PodSpec, claims: readonly PersistentVolumeClaim[], claimName: (template: string) => string): PodSpec {
  if (claims.length === 0) return spec;
  const names = new Set(claims.map((claim) => claim.metadata?.name ?? ""));
  return {
    ...spec,
    volumes: [
      ...(spec.volumes ?? []).filter((volume) => !names.has(volume.name)),
      ...[...names].map((name) => ({ name, persistentVolumeClaim: { claimName: claimName(name) } })),
    ],
  };
}
