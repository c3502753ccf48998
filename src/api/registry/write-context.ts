import type { AuthorizationAttributes, ClusterFacts, Kind, KindVersion, UserInfo, Verb, WriteContext } from "../../kinds/kind.ts";
import type { RegistryHost } from "../registry.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { DeleteOptions } from "../../kinds/transaction.ts";
import { fromStorage, toStorage } from "./catalog.ts";
import type { Session } from "./session.ts";
import { inVersion } from "./stored-form.ts";
import { Warnings } from "./warnings.ts";

/** One write's circumstances: who writes what, through which door, and how. It is the kinds' WriteContext as well. */
export class Write implements WriteContext {
  readonly tx: Session;
  readonly kind: Kind;
  /** The version in which the writer speaks: managed fields are recorded in it. */
  readonly version: KindVersion;
  readonly user: UserInfo;
  readonly verb: Verb;
  readonly fieldManager: string;
  readonly subresource: string | undefined;
  readonly dryRun: boolean;
  readonly nowMs: number;
  readonly #warnings = new Warnings();
  readonly isAdmitted: boolean;
  readonly #auditAnnotations: Record<string, string> | undefined;
  readonly #query: URLSearchParams | undefined;
  /** Of the deletion that is under way. */
  deletion: Omit<DeleteOptions, "as" | "fieldManager"> & { orphanDependents?: boolean } = {};

  constructor(tx: Session, options: { kind: Kind; version?: KindVersion; user: UserInfo; verb?: Verb; fieldManager: string; subresource?: string; dryRun?: boolean; query?: URLSearchParams; isAdmitted?: boolean; auditAnnotations?: Record<string, string> }) {
    this.tx = tx;
    this.kind = options.kind;
    this.version = options.version ?? options.kind.versions[0];
    this.user = options.user;
    this.verb = options.verb ?? "update";
    this.fieldManager = options.fieldManager;
    this.subresource = options.subresource;
    this.dryRun = options.dryRun ?? false;
    this.#auditAnnotations = options.auditAnnotations;
    this.nowMs = tx.nowMs;
    this.#query = options.query;
    this.isAdmitted = options.isAdmitted ?? false;
  }

  get reader(): Session { return this.tx; }
  get host(): RegistryHost { return this.tx.machinery.host; }
  get cluster(): ClusterFacts { return this.host.cluster; }

  authorize(attributes: AuthorizationAttributes, user: UserInfo = this.user): { allowed: boolean; reason?: string } {
    return this.tx.machinery.authorize(this.tx, user, attributes);
  }

  toVersion(version: KindVersion, obj: KubeObject): KubeObject {
    return this.kind.evolution ? inVersion(this.tx, this.kind, obj, version) : fromStorage(this.kind, version, obj);
  }

  fromVersion(version: KindVersion, obj: KubeObject): KubeObject {
    return this.kind.evolution ? inVersion(this.tx, this.kind, obj, this.kind.versions[0]) : toStorage(this.kind, version, obj);
  }

  operationOptions(operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT"): Record<string, unknown> | null {
    if (operation === "CONNECT") return null;
    const type = { kind: OPTIONS[operation], apiVersion: "meta.k8s.io/v1", ...(this.dryRun && { dryRun: ["All"] }) };
    if (operation === "DELETE") {
      const { gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents } = this.deletion;
      return definedOnly({ ...type, gracePeriodSeconds, preconditions, orphanDependents, propagationPolicy });
    }
    return definedOnly({ ...type, fieldManager: this.#query?.get("fieldManager") || undefined, fieldValidation: this.#query?.get("fieldValidation") || undefined });
  }

  /** The first value of a key stays, as upstream. */
  annotate(key: string, value: string): void {
    if (this.#auditAnnotations) this.#auditAnnotations[key] ??= value;
  }

  get warnings(): string[] { return this.#warnings.texts; }

  warn(text: string): void { this.#warnings.add(text); }
}

const OPTIONS = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" };

const definedOnly = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
