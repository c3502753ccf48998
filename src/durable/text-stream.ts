/**
 * Texts as a stream of bytes, each made when the reader wants more. The first one is made at once, so that what it throws
 * is thrown here and can still become an error answer.
 */
export function textStream(texts: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
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
  });
}
