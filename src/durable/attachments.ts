import { byteLengthExceeds } from "./byte-length.ts";
import { ATTACHMENT_BYTES_MAX, type AgentAttachment, type HubSocket, type WatchAttachment } from "./sockets.ts";
import type { SqlDatabase } from "./sql.ts";

/** Attachments of any size: small ones hang on the socket, big ones are a row that the socket names. */
export class Attachments {
  readonly #db: SqlDatabase;
  readonly #newId: () => string;

  constructor(db: SqlDatabase, newId: () => string) {
    this.#db = db;
    this.#newId = newId;
  }

  read(socket: HubSocket): WatchAttachment | AgentAttachment | undefined {
    const attachment = socket.readAttachment();
    if (attachment?.type !== "stored") return attachment;
    const row = this.#db.all<{ json: string }>("SELECT json FROM subscriptions WHERE socket = ?", attachment.id)[0];
    return row && (JSON.parse(row.json) as WatchAttachment | AgentAttachment);
  }

  write(socket: HubSocket, value: WatchAttachment | AgentAttachment): void {
    const json = JSON.stringify(value);
    const before = socket.readAttachment();
    if (!byteLengthExceeds(json, ATTACHMENT_BYTES_MAX)) {
      if (before?.type === "stored") this.#delete(before.id);
      return socket.writeAttachment(value);
    }
    const id = before?.type === "stored" ? before.id : this.#newId();
    this.#db.run("INSERT INTO subscriptions (socket, json) VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json", id, json);
    socket.writeAttachment({ type: "stored", id });
  }

  forget(socket: HubSocket): void {
    const attachment = socket.readAttachment();
    if (attachment?.type === "stored") this.#delete(attachment.id);
  }

  #delete(id: string): void {
    this.#db.run("DELETE FROM subscriptions WHERE socket = ?", id);
  }
}
