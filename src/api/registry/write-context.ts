import type { AuthorizationAttributes, ClusterFacts, Kind, KindVersion, UserInfo, WriteContext } from "../../kinds/kind.ts";
import type { RegistryHost } from "../registry.ts";
import type { Session } from "./session.ts";

/** One write's circumstances: who writes what, through which door, and how. It is the kinds' WriteContext as well. */
export class Write implements WriteContext {
  readonly tx: Session;
  readonly kind: Kind;
  /** The version in which the writer speaks: managed fields are recorded in it. */
  readonly version: KindVersion;
  readonly user: UserInfo;
  readonly fieldManager: string;
  readonly subresource: string | undefined;
  readonly dryRun: boolean;
  readonly nowMs: number;
  readonly warnings: string[] = [];

  constructor(tx: Session, options: { kind: Kind; version?: KindVersion; user: UserInfo; fieldManager: string; subresource?: string; dryRun?: boolean }) {
    this.tx = tx;
    this.kind = options.kind;
    this.version = options.version ?? options.kind.versions[0];
    this.user = options.user;
    this.fieldManager = options.fieldManager;
    this.subresource = options.subresource;
    this.dryRun = options.dryRun ?? false;
    this.nowMs = tx.nowMs;
  }

  get reader(): Session { return this.tx; }
  get host(): RegistryHost { return this.tx.machinery.host; }
  get cluster(): ClusterFacts { return this.host.cluster; }

  authorize(attributes: AuthorizationAttributes, user: UserInfo = this.user): { allowed: boolean; reason?: string } {
    return this.tx.machinery.authorize(this.tx, user, attributes);
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }
}
