/**
 * ConfigMaps and Secrets that pods of this node use: each watched by name as long as a pod needs it, and kept on disk (readable
 * by root only), so that pods start again after a reboot without the control plane.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ObjectSource } from "../pod/environment.ts";
import type { DataObject, Pod } from "../pod/types.ts";
import { Collection } from "./collection.ts";
import type { ApiSocket } from "./socket.ts";

interface Needed { collection: Collection<DataObject>; users: Set<string> }

export class NeededObjects implements ObjectSource {
  private readonly needed = new Map<string, Needed>();
  private readonly api: ApiSocket;
  private readonly dir: string;
  private readonly wakePod: (uid: string) => void;
  constructor(options: { api: ApiSocket; dir: string; wakePod: (uid: string) => void }) {
    this.api = options.api;
    this.dir = options.dir;
    this.wakePod = options.wakePod;
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
  }

  async get(pod: Pod, resource: "configmaps" | "secrets", name: string): Promise<DataObject | undefined> {
    const { namespace, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/${resource}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
    const needed = this.needed.get(path) ?? this.open(path);
    needed.users.add(uid);
    if (!needed.collection.synced && this.api.isOpen) await needed.collection.ready();
    if (needed.collection.synced) return needed.collection.get(namespace, name);
    const stored = this.load(path);
    if (stored) return stored;
    throw new Error(`failed to fetch ${resource === "secrets" ? "secret" : "configmap"} "${namespace}/${name}": not connected to the control plane`);
  }

  release(podUid: string): void {
    for (const [path, needed] of this.needed) {
      if (!needed.users.delete(podUid) || needed.users.size > 0) continue;
      needed.collection.stop();
      this.needed.delete(path);
      rmSync(this.file(path), { force: true });
    }
  }

  stop(): void { for (const { collection } of this.needed.values()) collection.stop(); }

  private open(path: string): Needed {
    const users = new Set<string>();
    const changed = (object: DataObject | undefined): void => { this.store(path, object); users.forEach(this.wakePod); };
    const collection = new Collection<DataObject>(this.api, {
      path, onChange: (change) => { if (collection.synced) changed(change.type === "set" ? change.object : undefined); },
      onSynced: () => changed(collection.list()[0]),
    });
    const needed = { collection, users };
    this.needed.set(path, needed);
    return needed;
  }

  private file(path: string): string { return join(this.dir, `${createHash("sha256").update(path).digest("hex")}.json`); }
  private store(path: string, object: DataObject | undefined): void {
    if (object) writeFileSync(this.file(path), JSON.stringify(object), { mode: 0o600 });
    else rmSync(this.file(path), { force: true });
  }
  private load(path: string): DataObject | undefined {
    try { return JSON.parse(readFileSync(this.file(path), "utf8")) as DataObject; } catch { return undefined; }
  }
}
