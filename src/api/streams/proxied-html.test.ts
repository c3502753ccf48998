import { describe, expect, test } from "vitest";
import { htmlRewriter } from "./proxied-html.ts";
import { belowProxy } from "./proxied-url.ts";

const place = { prefix: "/api/v1/namespaces/a/pods/p/proxy", hosts: ["10.0.0.1:80", "api.test"] };

describe("a URL", () => {
  test.each([
    ["/login?a=b#c", `${place.prefix}/login?a=b#c`],
    ["/", `${place.prefix}/`],
    ["http://10.0.0.1:80/x", `${place.prefix}/x`],
    ["//api.test/x", `${place.prefix}/x`],
    [`${place.prefix}/x`, `${place.prefix}/x`],
    [`https://api.test${place.prefix}/x`, `${place.prefix}/x`],
  ])("of the server's root, %s, is led below the proxy", (url, seen) => expect(belowProxy(url, place)).toBe(seen));

  test.each(["x/y", "", "#a", "?q", "https://example.org/x", "//example.org/x", "mailto:a@b", "http://10.0.0.1:80", "javascript:alert(1)"])("that is none, %s, stays", (url) => expect(belowProxy(url, place)).toBe(url));
});

describe("a page", () => {
  async function rewritten(html: string, size = html.length || 1): Promise<string> {
    const bytes = new TextEncoder().encode(html);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    return await new Response(pieces.pipeThrough(htmlRewriter((url) => (url.startsWith("/") ? `/proxy${url}` : url)))).text();
  }

  test.each([
    [`<a href="/rewriteme">test</a>`, `<a href="/proxy/rewriteme">test</a>`],
    [`<IMG alt='<a href="/no">' SRC = '/a.png' longdesc=/b usemap=c/>`, `<IMG alt='<a href="/no">' SRC = '/proxy/a.png' longdesc=/proxy/b usemap=c/>`],
    [`<input disabled formaction="/x"><br/><form action=/f>`, `<input disabled formaction="/proxy/x"><br/><form action=/proxy/f>`],
    [`<script src="/a.js">let a = '<a href="/no">'</script><a href="/yes">`, `<script src="/proxy/a.js">let a = '<a href="/no">'</script><a href="/proxy/yes">`],
    [`<!-- <a href="/no"> --><a href="/yes">ä</a>`, `<!-- <a href="/no"> --><a href="/proxy/yes">ä</a>`],
    [`<p title="/x" data-href="/x">1 < 2 <a href="/unfinished`, `<p title="/x" data-href="/x">1 < 2 <a href="/unfinished`],
    [`<!doctype html><a =x href="/y" ==>`, `<!doctype html><a =x href="/proxy/y" ==>`],
    ["", ""],
  ])("%s", async (html, expected) => {
    for (const size of [html.length || 1, 1, 7]) expect(await rewritten(html, size), `in pieces of ${size}`).toBe(expected);
  });

  test("no page takes long, and every byte of one that is none passes", async () => {
    const startMs = performance.now();
    for (const unit of ["<", "<a ", "<a href=", "<a href='", "<!--", "<script", "<script>", "</", `<a b="`, "= ", "<a href= / "]) {
      const page = unit.repeat(100_000 / unit.length);
      expect((await rewritten(page, 1_000)).replaceAll("/proxy", "")).toBe(page);
    }
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});
