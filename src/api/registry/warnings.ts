/**
 * The warnings of one answer, each once, as upstream bounds them: beyond 4,096 characters in all, each is cut to 256 of
 * them, and beyond that again nothing is added. They travel as headers, which clients bound as well.
 */
const ALL_CHARACTERS_MAX = 4096;
const EACH_CHARACTERS_MAX = 256;

export class Warnings {
  texts: string[] = [];
  readonly #seen = new Set<string>();
  #characters = 0;
  #cutting = false;

  add(text: string): void {
    if (text === "" || (this.#cutting && this.#characters >= ALL_CHARACTERS_MAX) || this.#seen.has(text)) return;
    this.#seen.add(text);
    if (!this.#cutting && this.#characters + text.length > ALL_CHARACTERS_MAX) this.#startCutting();
    this.#push(text);
  }

  #startCutting(): void {
    this.#cutting = true;
    this.#characters = 0;
    for (const text of this.texts.splice(0)) this.#push(text);
  }

  #push(text: string): void {
    const shown = this.#cutting ? [...text.slice(0, 2 * EACH_CHARACTERS_MAX)].slice(0, EACH_CHARACTERS_MAX).join("") : text;
    this.#characters += shown.length;
    this.texts.push(shown);
  }
}
