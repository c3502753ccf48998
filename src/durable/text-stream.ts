import type { Texts } from "./wanted.ts";

const encoder = new TextEncoder();

/**
 * Texts as a stream of bytes, each made when the reader wants more. The first one is made at once, so that what it throws
 * is thrown here and can still become an error answer.
 */
export function textStream(texts: Texts): ReadableStream<Uint8Array> {
  return Symbol.asyncIterator in texts ? streamOfAsync(texts as AsyncGenerator<string>) : streamOf(texts as Iterator<string>);
}

function streamOf(texts: Iterator<string>): ReadableStream<Uint8Array> {
  let next = texts.next();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      for (; !next.done; next = texts.next()) {
        if (next.value.length === 0) continue;
        controller.enqueue(encoder.encode(next.value));
        next = texts.next();
        break;
      }
      if (next.done) controller.close();
    },
    cancel() {
      texts.return?.();
    },
  });
}

function streamOfAsync(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (let next = await texts.next(); ; next = await texts.next()) {
        if (next.done) return controller.close();
        if (next.value.length > 0) return controller.enqueue(encoder.encode(next.value));
      }
    },
    cancel: async () => { await texts.return(undefined); },
  });
}
