/** An entry of the ledger that was taken over. */
export interface TransactionRow {
  tenant: string;
  id: string;
  /** Of the ledger; grows with time. */
  position: number;
  account: string;
  /** In minor units; credits are negative. */
  amount: number;
  currency: string;
  /** Ms since the epoch. */
  bookedAt: number;
  /** In UTC: `2026-01-05`. */
  day: string;
  /** Ms since the epoch, of the commit that changed it last. */
  updatedAt: number;
}

/**
 * What the transactions of a day come to, changed in the commits that change them.
 *
 *   open ──the ledger says the same──► matched ──a transaction changes──► open
 *     └──it does not──► mismatched ──it does──► matched
 */
export interface DailyTotalRow {
  tenant: string;
  day: string;
  currency: string;
  entries: number;
  /** In minor units. */
  amount: number;
  status: "open" | "matched" | "mismatched";
  /** What the ledger said when it was last asked; null: never. */
  controlEntries: number | null;
  controlAmount: number | null;
  checkedAt: number | null;
  updatedAt: number;
}

/** What is unhandled in the mailboxes of jobs. */
interface MailRow {
  tenant: string;
  kind: string;
  key: string;
}

export interface FinancialDatabase {
  transactions: TransactionRow;
  dailyTotals: DailyTotalRow;
  messages: MailRow;
}
