/**
 * `uploading`: its bytes come in, and nobody is told of it yet; `staged`: all its rows lie here and wait; of the others
 * `completed`, `failed` and `cancelled` are final.
 */
export type UploadStatus = "uploading" | "staged" | "processing" | "completed" | "failed" | "cancelled";

/** A file of employees. Instants are ms since the epoch. */
export interface UploadRow {
  tenant: string;
  /** Also the key of its actor. */
  id: string;
  status: UploadStatus;
  /** Made when it was staged, growing: of two uploads that tell of one employee the later one is right. */
  position: string | null;
  /** A hash of the file's bytes; null while these come in, and when they were not processed to the end. */
  fingerprint: string | null;
  /** The names of its columns: the text of a JSON array. */
  header: string | null;
  sizeBytes: number;
  /** Rows that were staged, all told. */
  staged: number;
  accepted: number;
  rejected: number;
  error: string | null;
  createdBy: string;
  createdAt: number;
  stagedAt: number | null;
  finishedAt: number | null;
  /** While it is `uploading`: when something last came. */
  touchedAt: number;
}

/** A row of a file that is not processed yet. */
export interface StagedRow {
  tenant: string;
  uploadId: string;
  /** Where it begins in the file; the header is on line 1 where nothing is before it. */
  line: number;
  /** Without its line break; of one with a fault the first 500 characters. */
  text: string;
  /** Why it cannot be read, where that was seen at once. */
  fault: string | null;
}

/** A row that was not accepted, and why. */
export interface EmployeeRejectRow {
  tenant: string;
  uploadId: string;
  line: number;
  reason: string;
  /** The text of a JSON array in the order of the header's columns; null when the row has not as many. */
  fields: string | null;
  /** The beginning of a row that has no fields. */
  raw: string | null;
  /** Ms since the epoch. */
  rejectedAt: number;
}

/** An employee as the latest upload that tells of him says. */
export interface EmployeeRow {
  tenant: string;
  /** What the operator calls him; unique in the tenant. */
  number: string;
  name: string;
  email: string;
  /** `YYYY-MM-DD`. */
  startDate: string;
  endDate: string | null;
  uploadId: string;
  /** That of the upload. */
  position: string;
  /** In the file of that upload. */
  line: number;
  /** Ms since the epoch. */
  createdAt: number;
  updatedAt: number;
}

export interface EmployeeDatabase {
  employeeUploads: UploadRow;
  employeeRows: StagedRow;
  employeeRejects: EmployeeRejectRow;
  employees: EmployeeRow;
}
