import type { Pod } from "../../types/core-v1.generated.ts";

export function warnings(_obj: Pod, _old?: Pod): string[] { return []; }
