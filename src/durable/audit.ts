import { AuditLog, type AuditLogHost } from "../api/audit/audit-log.ts";
import { parseAuditConfiguration, refuseTakingOver } from "../api/audit/configuration.ts";
import type { ApiResponse } from "../api/request.ts";
import { unauthorized } from "../lib/errors.ts";
import type { Identity } from "./identity.ts";

/** The cluster's audit log, and its configuration as it is stored. */
export interface AuditHost extends Omit<AuditLogHost, "writeLog"> {
  identity: Identity;
  /** Runs in a transaction of its own. */
  transact(run: () => void): void;
  refusal(error: unknown): ApiResponse;
  writeLog?: ((lines: string) => Promise<boolean>) | undefined;
}

export class Audit {
  readonly log: AuditLog;
  readonly #host: AuditHost;

  constructor(host: AuditHost) {
    this.#host = host;
    this.log = new AuditLog({ ...host, writeLog: (lines) => host.writeLog?.(lines) ?? Promise.resolve(false) }, host.identity.audit);
  }

  /** Null: nothing is recorded any more. */
  configure(value: unknown, isAdministrator: boolean): ApiResponse {
    const { identity, transact, refusal } = this.#host;
    try {
      if (!identity.exists) throw unauthorized();
      refuseTakingOver(identity.audit, isAdministrator);
      const configuration = value === null ? undefined : parseAuditConfiguration(value, isAdministrator);
      transact(() => identity.setAudit(configuration));
      this.log.configure(configuration);
      return { status: 200, body: JSON.stringify(configuration ?? {}) };
    } catch (error) {
      return refusal(error);
    }
  }
}
