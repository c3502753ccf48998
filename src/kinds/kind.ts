import type { FieldError } from "../lib/field-error.ts";
import type { KubeObject } from "./object.ts";
import type { Reader, Transaction } from "./transaction.ts";
import type { Schema } from "./schema.ts";

/**
 * Everything that one resource means, as data and pure functions. The generic machinery (verbs, store, discovery,
 * Table, OpenAPI) knows nothing of any particular kind; a kind knows nothing of HTTP or SQL. A CustomResourceDefinition
 * becomes a `Kind` at run time by the same interface.
 *
 * Objects given to these functions are in the storage version. `obj` is the function's own draft and may be changed
 * where the description says so; `old` and whatever a Reader returns must not be changed.
 */
export interface Kind<T extends KubeObject = any> {
  readonly group: string; // "" is the core group
  readonly kind: string;
  readonly resource: string; // plural, lower case
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Of its lists; default: the kind with "List" appended (a custom resource may say otherwise). */
  readonly listKind?: string;
  readonly scope: "Namespaced" | "Cluster";
  /** The namespaces themselves: in the path of one, and for authorization, its name is its namespace as well. */
  readonly isNamespace?: boolean;
  /** First is the storage version. At least one is served. */
  readonly versions: readonly [KindVersion, ...KindVersion[]];
  /** Default: all eight. A kind that is evaluated and not stored (access reviews) has `["create"]` and `evaluate`. */
  readonly verbs?: readonly Verb[];
  readonly strategy?: Strategy<T>;
  /** Answers a create without storing it: SubjectAccessReview, TokenReview, …; or with a Status (Binding). */
  readonly evaluate?: (obj: T, ctx: WriteContext) => T | SubresourceStatus;
  readonly subresources?: Readonly<Record<string, Subresource<T>>>;
  /** What `kubectl get` shows; the first column is Name. Default: Name and Age. */
  readonly columns?: readonly Column<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (obj: T) => string>>;
  /** Those of them that the store indexes (equality look-ups by controllers and by list and watch). Owner uids always are. */
  readonly indexedFields?: readonly string[];
  /** Further indexes for controllers, unknown to clients: the value under which `Reader.list({ field })` finds an object; undefined costs nothing. */
  readonly indexes?: Readonly<Record<string, (obj: T) => string | undefined>>;
  /** Only where the definition may change under its objects: custom resources. */
  readonly evolution?: Evolution;
  /** The smallest valid object, for the every-kind test suite: what a client would send to create it. */
  readonly example?: () => Partial<T> & { apiVersion: string; kind: string };
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export interface KindVersion {
  readonly version: string;
  /** Only where it differs from the kind's (Event: events.k8s.io). */
  readonly group?: string;
  readonly served?: boolean; // default true
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  /** Name of the type in `facts/`, such as `io.k8s.api.apps.v1.Deployment`; or, for custom resources, `schema`. */
  readonly type?: string;
  readonly schema?: Schema;
  /** A custom resource's `openAPIV3Schema` as its author wrote it: published OpenAPI shows it, descriptions and all. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Absent on the storage version, and where only apiVersion differs. They return a new object. */
  readonly toStorage?: (obj: KubeObject) => KubeObject;
  readonly fromStorage?: (obj: KubeObject) => KubeObject;
  /** Columns of this version where they differ (custom resources). */
  readonly columns?: readonly Column<any>[];
}

/**
 * A kind whose definition may change under its objects, and which means something else in each of its versions: its
 * strategy, subresources and selectable fields are those of its first version, whichever that is. So requests see it in
 * their own version and all others in that of storage; what is stored is converted on the way in and out.
 */
export interface Evolution {
  /** The kind as one of its versions has it: that one is the first of the result's. */
  in(version: string): Kind;
  /** The version in which objects are stored now; former ones may still be. */
  readonly stored: string;
  /** Differs between any two states of the definition. */
  readonly state: string;
  /** Objects written after this revision are as the definition wants them now. */
  readonly since: number;
  /** Completes an object of a version that was read from the store or got from a client, in place. */
  defaults(version: string, obj: KubeObject): void;
  /** Who converts between versions. Absent: they differ in apiVersion alone. */
  readonly webhook?: ConversionWebhook;
}

export interface ConversionWebhook {
  readonly clientConfig: {
    readonly url?: string;
    readonly service?: { readonly namespace: string; readonly name: string; readonly port?: number; readonly path?: string };
    readonly caBundle?: string;
  };
  readonly conversionReviewVersions: readonly string[];
}

/** What a write of this kind means, in the order in which the pipeline calls it. Every member is optional. */
export interface Strategy<T extends KubeObject> {
  /** Fills in defaults, in place. Idempotent. Runs on every write (after decoding) and nowhere else. */
  defaults?(obj: T): void;
  /** Resets what a client may not set at creation (status), allocates (cluster IPs), sets generation. In place. */
  prepareForCreate?(obj: T, ctx: WriteContext): void;
  /**
   * The same for an update of the main resource, in place: restores fields that this door may not change (status).
   * `metadata.generation` is raised by the pipeline when anything outside metadata and status changed, unless
   * `ownGeneration` is set.
   */
  prepareForUpdate?(obj: T, old: T, ctx: WriteContext): void;
  /** All errors of a new object; also run on updates, before `validateUpdate`, and then told the old one. */
  validate?(obj: T, ctx: ReadContext, old?: T): FieldError[];
  /** Additional errors of the change: immutable fields and the like. */
  validateUpdate?(obj: T, old: T, ctx: ReadContext): FieldError[];
  /** `Warning:` headers for the client. */
  warnings?(obj: T, old?: T): string[];
  /** Write-time permission beyond the verb (RBAC escalation and bind checks): returns a reason to refuse, or undefined. */
  authorizeWrite?(obj: T, old: T | undefined, ctx: WriteContext): string | undefined;
  /** Kinds without a generation (ConfigMap, Secret, …) say false. Default: true if the type has a status, else false. */
  readonly hasGeneration?: boolean;
  /** Name rules other than a DNS subdomain (upstream's ValidateNameFunc); returns texts of what is wrong. */
  validateName?(name: string, prefix: boolean): string[];
  /**
   * Asked when a delete finds no finalizers: how long the object lingers with a deletionTimestamp until somebody
   * finishes it (Pod: kubelet). 0 deletes at once, which is also the default. May change the draft (Namespace: phase).
   */
  gracePeriodSeconds?(obj: T, requested: number | undefined, ctx: WriteContext): number;
  /** Blocks the final removal beyond metadata.finalizers (Namespace: spec.finalizers). */
  hasFurtherFinalizers?(obj: T): boolean;
  /** Same transaction, after the row is written: claims and releases (Service: IPs), derived rows. */
  afterWrite?(change: Change<T>, ctx: WriteContext): void;
  /** What readers see where it is more than what is stored (Lease of a connected node). Returns a new object or the same. */
  decorate?(obj: T, ctx: ReadContext): T;
  /** Upstream allows PUT to create (Lease, Event, …) */
  readonly allowCreateOnUpdate?: boolean;
  /** PUT without resourceVersion is allowed. Default true, as for most kinds upstream. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Default propagation where DeleteOptions say nothing: Background, except for kinds that upstream orphans. */
  readonly defaultPropagation?: "Background" | "Orphan";
  /** A `Warning:` for who deletes and says nothing of the dependents. */
  readonly deletionWarning?: string;
  /** A delete answers with the object's last state rather than a Status (pods, services, service accounts upstream). */
  readonly returnsDeleted?: boolean;
}

export interface ReadContext {
  readonly reader: Reader;
  readonly nowMs: number;
  readonly kind: Kind;
  /** The version in which a writer speaks, for kinds that ask more of one than of another. */
  readonly version?: KindVersion;
  /** Facts about the installation that a kind may need: cluster domain, service CIDRs, issuer, the cluster's signing key. */
  readonly cluster: ClusterFacts;
}

export interface WriteContext extends ReadContext {
  readonly tx: Transaction;
  readonly user: UserInfo;
  /** As it was authorized; a controller's writes are updates. */
  readonly verb: Verb;
  readonly dryRun: boolean;
  /** In which the client speaks. */
  readonly version: KindVersion;
  /** From the storage version to another of the kind, and back. They never change their argument. */
  toVersion(version: KindVersion, obj: KubeObject): KubeObject;
  fromVersion(version: KindVersion, obj: KubeObject): KubeObject;
  /** The request's CreateOptions, UpdateOptions or DeleteOptions (meta.k8s.io/v1); null for streams. */
  operationOptions(operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT"): Record<string, unknown> | null;
  /** Asks the cluster's authorizer about a user (default: this request's). Undefined reason means allowed. */
  authorize(attributes: AuthorizationAttributes, user?: UserInfo): { allowed: boolean; reason?: string };
  /** Adds a `Warning:` header to the answer. */
  warn(text: string): void;
  /** Adds to the request's entry in the audit log, where there is one. */
  annotate?(key: string, value: string): void;
}

export interface ClusterFacts {
  readonly id: string;
  readonly domain: string; // "cluster.local"
  /** One range, or one of each family: "10.96.0.0/16", "fd00:10:96::/112". The first is what nodes' networks know. */
  readonly serviceCidrs: readonly [string, ...string[]];
  readonly podCidr: string; // "10.244.0.0/16"
  readonly nodePortRange: readonly [number, number]; // [30000, 32767]
  readonly issuer: string;
  readonly caCertificatePem: string;
  /** The authority of the certificate that the aggregator shows to extension API servers. */
  readonly frontProxyCaPem: string;
  /** Signs claims as an ES256 JWT, synchronously; claims are complete (iss, sub, aud, exp, …). */
  signToken(claims: Record<string, unknown>): string;
  /** Verifies signature and expiry; undefined when it is not one of ours. */
  verifyToken(jwt: string): Record<string, unknown> | undefined;
  /** Signs a certificate with the cluster's authority; PEM. */
  signCertificate(contents: CertificateContents): string;
  /** Last sign of life of a node's agent in ms, from its socket; undefined when it is not connected. */
  nodeHeartbeatMs(nodeName: string): number | undefined;
}

/** What goes into a certificate: DER parts of a certificate request, usages as certificates.k8s.io names them. */
export interface CertificateContents {
  subject: Uint8Array;
  publicKey: Uint8Array;
  /** The value of the extension subjectAltName. */
  alternativeNames?: Uint8Array | undefined;
  usages: readonly string[];
  seconds: number;
}

export interface UserInfo {
  username: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

export type AuthorizationAttributes =
  /** `fieldSelector`: as in the query, for list, watch and deletecollection. A list of one `metadata.name` has a `name` too. */
  | { verb: string; group: string; version: string; resource: string; subresource?: string; namespace?: string; name?: string; fieldSelector?: string; path?: undefined }
  | { verb: string; path: string };

export interface Change<T extends KubeObject = KubeObject> {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: T;
  previous?: T;
}

/**
 * A door to an object other than its main one.
 * - `view`: the same kind, another part writable (status, ephemeralcontainers, resize, finalize, approval)
 * - `scale`: autoscaling/v1 Scale over three paths
 * - `action`: POST of another kind that does something (binding, eviction, token)
 * - `connect`: a stream to the agent of a node (log, exec, attach, portforward, proxy)
 */
export type Subresource<T extends KubeObject = any> =
  | {
      readonly type: "view";
      readonly verbs: readonly Verb[]; // usually get, update, patch
      /** In place: keeps from `old` all but what this door may change. */
      prepareForUpdate(obj: T, old: T, ctx: WriteContext): void;
      validateUpdate?(obj: T, old: T, ctx: WriteContext): FieldError[];
      /** What changes here is no new generation of the specification. */
      readonly keepsGeneration?: true;
    }
  | {
      readonly type: "scale";
      readonly specReplicasPath: string; // ".spec.replicas"
      readonly statusReplicasPath: string;
      /** The replicas may be absent: then there is nothing to read yet (custom resources). */
      readonly mayBeUnset?: true;
      /** Gives the serialized selector of the scaled pods. */
      selector(obj: T): string;
    }
  | {
      readonly type: "action";
      readonly verbs: readonly Verb[]; // usually create
      /** Of the request's body and of the answer. */
      readonly input: { group: string; version: string; kind: string; type: string };
      run(obj: T, input: KubeObject, ctx: WriteContext): KubeObject | SubresourceStatus;
    }
  | {
      readonly type: "connect";
      readonly verbs: readonly Verb[]; // as authorized: get for log, create and get for exec
      readonly methods: readonly string[]; // HTTP methods served
      /** The type (in `facts/`) of its options: admission sees them as a CONNECT. Absent: admission is not asked (log). */
      readonly options?: string;
      /** The object's name in the name segment of the path, where that says more (`https:web:8080` for proxy). */
      objectName?(segment: string): string;
      /**
       * Resolves the request to a stream on a node. Throws ApiError (container not found, not scheduled, …). `path` is what
       * follows the subresource, `name` the whole name segment.
       */
      connect(obj: T, query: URLSearchParams, ctx: ReadContext & { path: string; method: string; name?: string }): StreamTarget;
    };

/** An action that answers with a Status rather than an object (binding, eviction). */
export interface SubresourceStatus { kind: "Status"; code: number; message?: string }

/** Where a connect subresource leads; protocol/tunnel.ts describes the stream itself. */
export interface StreamTarget {
  node: string;
  open: import("../../protocol/tunnel.ts").StreamOpen;
}

export interface Column<T extends KubeObject = any> {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "date";
  format?: "name" | "date" | "";
  description?: string;
  /** 0: always; 1: with `-o wide`. */
  priority?: 0 | 1;
  /** Undefined cells show as `<none>` or `<unknown>` as the column itself decides; it must be JSON. */
  value(obj: T, nowMs: number): string | number | bigint | boolean | null;
}

/** The address of a kind in requests, refs and indexes: `apps/deployments`, `/pods`. */
export const resourceKey = (k: { group: string; resource: string }): string => `${k.group}/${k.resource}`;
