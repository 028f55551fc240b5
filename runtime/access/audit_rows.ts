import type { Generated } from "kysely";

/** Who did what, when, from where, on which subject: a command that changed something. Nothing of what it carried is here. */
export interface AuditRow {
  tenant: string;
  /** Place in commit order. */
  id: number;
  /** Ms since the epoch. */
  at: number;
  /** A subject. */
  by: string;
  /** In which it acted. */
  role: string;
  /** The operation's id. */
  action: string;
  /** As events have it: `job/ID`, `dead-letter/ID`, `kind/KIND`, or `KIND/KEY` of an actor. */
  subject: string;
  /** IP address of the connection; empty where there was none. */
  address: string;
  requestId: string;
}

/** What one is told of it before it has its place. */
export type Audited = Pick<AuditRow, "at" | "by" | "role" | "action" | "subject" | "address" | "requestId">;

export interface AuditDatabase {
  audit: Omit<AuditRow, "id"> & { id: Generated<number> };
}
