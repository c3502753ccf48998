/** What proxies are tried on, alone in a container: it says with what it was asked, has a page with a link, and echoes WebSockets. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  if (request.url === "/page") return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end('<a href="/rewriteme">test</a>');
  return response.end(JSON.stringify({ Method: request.method, Path: request.url, Body: "foo" }));
});

/** Answers each message with its length in characters. */
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.on("error", () => undefined);
  let waiting = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let frame = nextFrame(waiting); frame; frame = nextFrame(waiting)) {
      waiting = waiting.subarray(frame.bytes);
      if (frame.opcode === 8) socket.end(Buffer.concat([Buffer.from([0x88, frame.payload.length]), frame.payload]));
      else {
        const reply = Buffer.from(`echo ${frame.payload.toString().length}`);
        socket.write(Buffer.concat([Buffer.from([0x81, reply.length]), reply]));
      }
    }
  });
});

function nextFrame(from: Buffer): { opcode: number; payload: Buffer; bytes: number } | undefined {
  if (from.length < 14 && from.length < 6 + (from[1]! & 127)) return undefined;
  const short = from[1]! & 127;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  const length = short === 127 ? Number(from.readBigUInt64BE(2)) : short === 126 ? from.readUInt16BE(2) : short;
  const bytes = start + 4 + length;
  if (from.length < bytes) return undefined;
  const mask = from.subarray(start, start + 4);
  return { opcode: from[0]! & 15, bytes, payload: Buffer.from(from.subarray(start + 4, bytes).map((byte, i) => byte ^ mask[i & 3]!)) };
}

server.listen(8080);
