import type { Kind } from "../../kinds/kind.ts";
import type { RowConversion } from "../registry.ts";
import { isMissing, readForms, type Form, type Row } from "./stored-form.ts";
import type { Session } from "./session.ts";

/**
 * For lists and watches: the rows of a page are converted together, ahead of time, and kept until the next page. Undefined
 * where no webhook converts.
 */
export function rowConversion(session: Session, kind: Kind): (RowConversion & { take(row: Row): Form | undefined }) | undefined {
  if (!kind.evolution?.webhook) return undefined;
  const page = new Map<number, Form>();
  return {
    isMissing: (rows) => rows.some((row) => !page.has(row.revision) && isMissing(session, kind, row)),
    make(rows) {
      const forms = readForms(session, kind, rows);
      page.clear();
      forms.forEach((form, i) => page.set(rows[i]!.revision, form));
    },
    take: (row) => page.get(row.revision),
  };
}
