import type { JobRow } from "./rows.ts";

/** Which jobs of a tenant, newest first; `before` is the id that the page before ended with. */
export interface JobsPage {
  readonly status?: readonly JobRow["status"][] | undefined;
  readonly type?: string | undefined;
  readonly batchId?: string | undefined;
  /** Ms since the epoch, inclusive. */
  readonly createdFrom?: number | undefined;
  /** Ms since the epoch, exclusive. */
  readonly createdUntil?: number | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

/** The tenant is bound by the runtime. */
export type PageOfTenant = JobsPage & { readonly tenant: string };
