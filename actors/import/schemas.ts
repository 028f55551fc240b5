import { z } from "zod";

const CONTENT_CHARS = 200 * 1024;

/** What to import: a file that was kept as a blob, or the text itself. */
export const importPayload = z.strictObject({
  dataset: z.string().max(100).regex(
    /^[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*$/,
    "must be words of A-Z, a-z, 0-9, _ joined by -",
  ),
  /** The column that tells rows apart; the first one unless given. */
  key: z.string().min(1).max(200).optional(),
  format: z.enum(["csv", "ndjson"]).default("csv"),
  content: z.string().max(CONTENT_CHARS).refine((text) => text.isWellFormed(), "must be valid Unicode").optional(),
  blob: z.string().min(1).max(100).optional(),
}).refine(({ content, blob }) => (content === undefined) !== (blob === undefined), "must have either content or blob");

export type ImportPayload = z.output<typeof importPayload>;

const reject = z.object({ line: z.int(), reason: z.string() });
const count = z.int().min(0);

/** How far an import is; `byteOffset` is always the beginning of a record, so a file can be read on from there. */
export const importState = z.object({
  byteOffset: count,
  line: z.int().min(1),
  header: z.array(z.string()).nullable(),
  key: z.string().nullable(),
  accepted: count,
  rejected: count,
  /** The first of them. */
  rejects: z.array(reject),
});

export type ImportState = z.output<typeof importState>;

export const importResult = z.object({
  dataset: z.string(),
  accepted: count,
  rejected: count,
  rows: count,
  bytes: count,
  /** The first 20. */
  rejects: z.array(reject),
});

export type ImportResult = z.output<typeof importResult>;
