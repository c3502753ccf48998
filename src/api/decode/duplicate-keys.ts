/**
 * JSON.parse keeps the last of several equal keys without a word. Counting the keys of a text is quick (strings are
 * skipped natively); only a text with more keys than its value is searched for which ones they are.
 */
function countTextKeys(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    const close = endOfString(text, open);
    if (close < 0) return count;
    if (isKey(text, close)) count++;
    open = text.indexOf('"', close + 1);
  }
  return count;
}

/** As strict decoding reports them: `duplicate field "spec.replicas"`. `keys`: how many the parsed text has left. Valid JSON only. */
export function duplicateFields(text: string, keys: number, concerns: (path: string) => boolean = () => true): string[] {
  return countTextKeys(text) === keys ? [] : duplicateKeys(text).filter(concerns).map((path) => `duplicate field "${path}"`);
}

/** Paths of the repeated keys, such as `spec.template` or `spec.containers[0].name`, in the order of the text. Valid JSON only. */
function duplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const frames: { path: string; keys: Set<string> | undefined; key: string; index: number }[] = [];
  for (let i = 0; i < text.length; i++) {
    const frame = frames.at(-1);
    switch (text[i]) {
      case "{": case "[":
        frames.push({ path: pathOf(frame), keys: text[i] === "{" ? new Set() : undefined, key: "", index: 0 });
        break;
      case "}": case "]": frames.pop(); break;
      case ",": if (frame && !frame.keys) frame.index++; break;
      case '"': {
        const close = endOfString(text, i);
        if (close < 0) return duplicates;
        if (frame?.keys && isKey(text, close)) {
          frame.key = JSON.parse(text.slice(i, close + 1)) as string;
          if (frame.keys.has(frame.key) && !duplicates.includes(pathOf(frame))) duplicates.push(pathOf(frame));
          frame.keys.add(frame.key);
        }
        i = close;
      }
    }
    if (duplicates.length >= 100) return duplicates;
  }
  return duplicates;
}

function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close >= 0 && text.charCodeAt(close - 1) === backslash) {
    let slashes = 1;
    while (text.charCodeAt(close - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return close;
    close = text.indexOf('"', close + 1);
  }
  return close;
}

function isKey(text: string, close: number): boolean {
  let next = close + 1;
  let code = text.charCodeAt(next);
  while (code === 32 || code === 10 || code === 13 || code === 9) code = text.charCodeAt(++next);
  return code === colon;
}

const backslash = 92;
const colon = 58;

function pathOf(frame: { path: string; keys: Set<string> | undefined; key: string; index: number } | undefined): string {
  if (!frame) return "";
  if (!frame.keys) return `${frame.path}[${frame.index}]`;
  return frame.path === "" ? frame.key : `${frame.path}.${frame.key}`;
}
