import { deepEqual } from "../../lib/deep-equal.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import type { Reader } from "../transaction.ts";
import { AUTO_UPDATE_ANNOTATION, defaultFlowSchemas, defaultPriorityLevels, EXEMPT, isMandatory } from "./default-configuration.ts";
import { flowSchema } from "./flow-schema/kind.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../types/flowcontrol-v1.generated.ts";
import { priorityLevelConfiguration } from "./priority-level-configuration/kind.ts";

type Configured = FlowSchema | PriorityLevelConfiguration;

/** What is to be done so that a default object is as it should be. */
export type Step =
  | { kind: Kind<any>; name: string; create: KubeObject }
  | { kind: Kind<any>; name: string; update: { autoUpdate: boolean; spec?: unknown } }
  | { kind: Kind<any>; name: string; remove: true };

/**
 * How upstream keeps its defaults: the missing are made, mandatory ones always say what they should, suggested ones as long
 * as their annotation allows it (or nobody has touched them), and former defaults that nobody took over are removed.
 */
export function planKeeping(reader: Reader): Step[] {
  return [...planKind(reader, priorityLevelConfiguration, defaultPriorityLevels), ...planKind(reader, flowSchema, defaultFlowSchemas)];
}

function* planKind(reader: Reader, kind: Kind<any>, defaults: readonly Configured[]): Generator<Step> {
  const wanted = new Map(defaults.map((object) => [object.metadata.name!, object]));
  for (const found of reader.list(kind) as Configured[]) {
    const name = found.metadata.name!;
    const fitting = wanted.get(name);
    wanted.delete(name);
    if (found.metadata.deletionTimestamp) continue;
    if (!fitting) {
      if (annotated(found) === true) yield { kind, name, remove: true };
      continue;
    }
    const autoUpdate = isMandatory(name) || (annotated(found) ?? found.metadata.generation === 1);
    const spec = specFor(fitting, found);
    const differs = autoUpdate && !deepEqual(spec, found.spec);
    if (differs || annotated(found) !== autoUpdate) yield { kind, name, update: { autoUpdate, ...(differs && { spec }) } };
  }
  for (const [name, object] of wanted) yield { kind, name, create: object };
}

/** The shares of the level `exempt` are the administrator's. */
const specFor = (fitting: Configured, found: Configured): unknown => {
  const exempt = fitting.metadata.name === EXEMPT && found.spec && "exempt" in found.spec ? found.spec.exempt : undefined;
  return exempt && fitting.spec && "exempt" in fitting.spec ? { ...fitting.spec, exempt } : fitting.spec;
};

function annotated({ metadata }: KubeObject): boolean | undefined {
  const text = metadata.annotations?.[AUTO_UPDATE_ANNOTATION];
  return text === "true" ? true : text === "false" ? false : undefined;
}
