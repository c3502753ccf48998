/** Whether a text's UTF-8 form is longer than `max` bytes; most texts are decided by their length alone. */
export function byteLengthExceeds(text: string, max: number): boolean {
  if (text.length > max) return true;
  if (text.length * 3 <= max) return false;
  return new TextEncoder().encode(text).length > max;
}
