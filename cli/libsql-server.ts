import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { chmodSync } from "node:fs";
import { migrateDirectory } from "./directory-migrations.ts";
import { HranaDatabase, HranaError } from "./hrana.ts";
import { BodyTooLarge, requestBody } from "./request-body.ts";

const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** The directory as an embedded libSQL file, served to the local Worker over a Unix socket that only this user may open. */
export async function serveLibsql({ file, socketPath }: { file: string; socketPath: string }): Promise<{ close(): Promise<void> }> {
  const database = new HranaDatabase(file);
  try {
    migrateDirectory(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const server = createServer((request, response) => void answer(database, request, response));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socketPath, resolve));
  chmodSync(socketPath, 0o600);
  return {
    close: () => new Promise((resolve) => {
      server.close(() => {
        database.close();
        resolve();
      });
      server.closeAllConnections();
    }),
  };
}

async function answer(database: HranaDatabase, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: object) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  try {
    if (request.method === "GET" && (request.url === "/v2" || request.url === "/")) return void send(200, {});
    if (request.method !== "POST" || request.url !== "/v2/pipeline") return void send(404, { message: "not found" });
    send(200, await database.pipeline(JSON.parse(await requestBody(request, BODY_BYTES_MAX))));
  } catch (error) {
    const known = error instanceof HranaError || error instanceof SyntaxError || error instanceof BodyTooLarge;
    send(known ? 400 : 500, { message: (error as Error).message });
  }
}
