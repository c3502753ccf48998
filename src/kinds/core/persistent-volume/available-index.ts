import type { PersistentVolume } from "../../types/core-v1.generated.ts";
import { storageClassOf } from "../volume-terms.ts";

/** Unclaimed volumes are found by their class; the prefix keeps "no class" a value. */
export const availableIndex = (obj: PersistentVolume): string | undefined => (obj.spec?.claimRef ? undefined : `class:${storageClassOf(obj)}`);
