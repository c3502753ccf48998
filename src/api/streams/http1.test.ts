import { describe, expect, test } from "vitest";
import { ByteReader, HttpError, readBody, readResponseHead, requestHead } from "./http1.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The text in pieces of a size. */
function reader(text: string, size: number): ByteReader {
  const bytes = encode(text);
  let at = 0;
  return new ByteReader(async () => at < bytes.length ? bytes.subarray(at, (at += size)) : undefined);
}

async function response(text: string, size = 3, method = "GET") {
  const from = reader(text, size);
  const head = await readResponseHead(from);
  const next = readBody(from, method, head);
  let body = "";
  for (let part = await next?.(); part; part = await next?.()) body += new TextDecoder().decode(part);
  return { ...head, body };
}

describe.each([1, 3, 1000])("in pieces of %i bytes", (size) => {
  test("chunked, counted and unbounded bodies", async () => {
    expect((await response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n", size)).body).toBe("hello!");
    expect((await response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", size)).body).toBe("abc");
    expect((await response("HTTP/1.0 200 OK\r\n\r\nabcdef", size)).body).toBe("abcdef");
  });

  test("interim answers are passed over, and HEAD has no body", async () => {
    expect(await response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 9\r\n\r\n", size, "HEAD"))
      .toMatchObject({ status: 404, statusText: "Not Found", headers: [["A", "b"], ["Content-Length", "9"]], body: "" });
  });
});

test.each([
  "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(70_000)}\r\n\r\n`,
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
])("what is not HTTP is refused: %#", async (text) => {
  await expect(response(text, 100)).rejects.toBeInstanceOf(HttpError);
});

test("a header with a line break never leaves", () => {
  expect(new TextDecoder().decode(requestHead("GET", "/a", [["A", "b"], ["C", "d\r\nE: f"]]))).toBe("GET /a HTTP/1.1\r\nA: b\r\n\r\n");
});
