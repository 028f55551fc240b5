/** A row as the latest import of its key left it. `data` is the text of a JSON object. */
export interface ImportRow {
  tenant: string;
  dataset: string;
  key: string;
  data: string;
  /** 1, and one more for each later import of the same key. */
  revision: number;
  jobId: string;
  /** Where the record begins in the file of that job; the first line is 1. */
  line: number;
  /** Ms since the epoch. */
  updatedAt: number;
}

/** A record that was not imported, and why. */
export interface ImportRejectRow {
  tenant: string;
  jobId: string;
  line: number;
  reason: string;
  /** The beginning of the record. */
  raw: string;
  /** Ms since the epoch. */
  rejectedAt: number;
}

export interface ImportDatabase {
  imports: ImportRow;
  importRejects: ImportRejectRow;
}
