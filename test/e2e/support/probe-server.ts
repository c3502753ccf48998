import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A container that answers HTTP on 8080, HTTPS on 8443 and gRPC health checks on 5000, and writes what it was asked. It runs
 * this machine's Node from the host's own directories, since no image with such a server is at hand.
 */
const SCRIPT = `
const log = (what) => (q, s) => { console.log(what, q.method, q.url, JSON.stringify(q.headers)); const code = q.url.startsWith("/redirect") ? 302 : q.url.startsWith("/fail") ? 500 : 200; s.writeHead(code, code === 302 ? { location: "/" } : {}); s.end("ok"); };
require("http").createServer(log("http")).listen(8080);
require("https").createServer({ key: process.env.KEY, cert: process.env.CERT }, log("https")).listen(8443);
require("http2").createServer().on("stream", (s, h) => { s.on("error", () => {}); s.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  s.on("wantTrailers", () => s.sendTrailers({ "grpc-status": "0" })); let b = Buffer.alloc(0); s.on("data", (d) => { b = Buffer.concat([b, d]); });
  s.on("end", () => { const service = b.subarray(7).toString(); console.log("grpc", h[":path"], service); s.end(Buffer.from([0, 0, 0, 0, 2, 8, service === "bad" ? 2 : 1])); }); }).listen(5000);
process.on("SIGTERM", () => { console.log("term"); process.exit(0); });
console.log("listening");
`;

const node = process.execPath;
const libraries = ["/lib", "/lib64", "/usr/lib"];

export function probeServer(): { container: object; volumes: object[] } {
  const { key, cert } = selfSigned();
  return {
    container: {
      command: ["/node/node", "-e", SCRIPT.replaceAll("$(", "$$(")], env: [{ name: "KEY", value: key }, { name: "CERT", value: cert }],
      volumeMounts: [{ name: "node", mountPath: "/node", readOnly: true }, ...libraries.map((path, i) => ({ name: `lib${i}`, mountPath: path, readOnly: true }))],
    },
    volumes: [{ name: "node", hostPath: { path: dirname(node) } }, ...libraries.map((path, i) => ({ name: `lib${i}`, hostPath: { path } }))],
  };
}

function selfSigned(): { key: string; cert: string } {
  const dir = mkdtempSync("/tmp/iso-cert-");
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=probe", "-days", "2", "-keyout", `${dir}/key`, "-out", `${dir}/cert`], { stdio: "ignore" });
    return { key: readFileSync(`${dir}/key`, "utf8"), cert: readFileSync(`${dir}/cert`, "utf8") };
  } finally { rmSync(dir, { recursive: true }); }
}
