import type { DatabaseSync } from "node:sqlite";
import type { Write } from "../contract.ts";
import type { BlobName } from "./apply_blobs.ts";
import type { DeclaredStatements } from "./declared_statements.ts";
import { prepare, Prepared } from "./prepared.ts";

const WALK_EVERY_MS = 24 * 60 * 60 * 1_000;

/**
 * Finds finished blobs that no tables hold: walks over all blobs, a slice at a time, once in each life and once a day. The
 * place of the walk is in memory only: after a rollback some are looked at another day.
 */
export class Orphans {
  readonly #abandon: (blob: BlobName) => void;
  readonly #next;
  readonly #holders: readonly Prepared<BlobName, unknown>[];
  #after: BlobName | undefined = { tenant: "", id: "" };
  #walkedAt = 0;

  constructor(
    db: DatabaseSync,
    { declared, abandon }: { declared: Pick<DeclaredStatements, "holders">; abandon: (blob: BlobName) => void },
  ) {
    this.#abandon = abandon;
    this.#next = prepare(
      db,
      (db, { tenant, id, limit }: BlobName & { limit: number }) =>
        db.selectFrom("blobs").select(["tenant", "id", "begunAt", "done"])
          .where(({ eb, refTuple, tuple }) => eb(refTuple("tenant", "id"), ">", tuple(tenant, id)))
          .orderBy("tenant").orderBy("id").limit(limit),
    );
    this.#holders = declared.holders.map((statement) => new Prepared<BlobName, unknown>(db, statement));
  }

  /** How many were removed. */
  sweep({ now, before, limit }: Extract<Write, { readonly write: "sweep-blobs" }>): number {
    if (this.#holders.length === 0) return 0;
    if (this.#after === undefined && now - this.#walkedAt >= WALK_EVERY_MS) this.#after = { tenant: "", id: "" };
    if (this.#after === undefined) return 0;
    const blobs = this.#next.all({ ...this.#after, limit });
    const loose = blobs.filter((blob) => blob.done === 1 && blob.begunAt < before && !this.#isHeld(blob));
    for (const { tenant, id } of loose) this.#abandon({ tenant, id });
    this.#after = blobs.at(-1);
    if (blobs.length === 0) this.#walkedAt = now;
    return loose.length;
  }

  #isHeld({ tenant, id }: BlobName): boolean {
    return this.#holders.some((holder) => holder.get({ tenant, id }) !== undefined);
  }
}
