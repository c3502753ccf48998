import type { AdmissionAttributes } from "./plugin.ts";

/**
 * The mutating plugins run a second time when a webhook changed an object that others had seen before, as upstream's
 * reinvoker has it. `of` is what one plugin remembers of the first time.
 */
export class Reinvocation {
  isSecond = false;
  isWanted = false;
  readonly #memories = new Map<string, unknown>();

  of<M>(plugin: string, make: () => M): M {
    let memory = this.#memories.get(plugin);
    if (memory === undefined) this.#memories.set(plugin, (memory = make()));
    return memory as M;
  }
}

export const reinvocationOf = (attributes: AdmissionAttributes): Reinvocation => (attributes.reinvocation ??= new Reinvocation());
