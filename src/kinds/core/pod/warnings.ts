import { podWarnings } from "../../pod-spec/warnings.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { isDns1123Label } from "../../values/names.ts";

/** At creation alone: updates are frequent, and seldom made by people. */
export function warnings(obj: Pod, old?: Pod): string[] {
  if (old) return [];
  const texts = isDns1123Label(obj.metadata.name ?? "");
  return [
    ...(texts.length === 0 ? [] : [`metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${texts.join(" ")}]`]),
    ...podWarnings(obj.metadata, obj.spec),
  ];
}
