import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { RuntimeError } from "../../core/errors.ts";
import type { Ownership } from "../contract.ts";
import type { NodeRow } from "../schema.ts";
import { beginLife } from "./lives.ts";
import { prepare } from "./prepared.ts";

/** Starts a new life of the database: its generation is larger than that of any life before, whatever node that was. */
export function claimOwnership(db: DatabaseSync, { node, now }: { node: string; now: number }): Ownership {
  db.prepare("begin immediate").run();
  try {
    const generation = nextGeneration(db, { node, now });
    const uncleanStarts = beginLife(db, { generation, now });
    db.prepare("commit").run();
    return { node, generation, uncleanStarts };
  } finally {
    if (db.isTransaction) db.prepare("rollback").run();
  }
}

function nextGeneration(db: DatabaseSync, { node, now }: { node: string; now: number }): number {
  const open = prepare(db, (db, row: Pick<NodeRow, "node" | "openedAt">) =>
    db.insertInto("nodes")
      .values({
        node: row.node,
        generation: sql`(select coalesce(max(generation), 0) + 1 from nodes)`,
        openedAt: row.openedAt,
        probes: 0,
      })
      .onConflict((conflict) =>
        conflict.column("node").doUpdateSet((eb) => ({
          generation: eb.ref("excluded.generation"),
          openedAt: eb.ref("excluded.openedAt"),
        }))
      )
      .returning("generation"));
  return open.get({ node, openedAt: now })!.generation;
}

/** Keeps a writer out whose life of the database has ended: should the lock file ever fail, two writers still cannot mix. */
export class Fence {
  readonly #ownership: Ownership;
  readonly #latest;
  readonly #probe;

  constructor(db: DatabaseSync, ownership: Ownership) {
    this.#ownership = ownership;
    this.#latest = prepare(
      db,
      (db) => db.selectFrom("nodes").select(({ fn }) => fn.max("generation").as("generation")),
    );
    this.#probe = prepare(
      db,
      (db, { node }: Pick<NodeRow, "node">) =>
        db.updateTable("nodes").set({ probes: sql<number>`probes + 1` }).where("node", "=", node),
    );
  }

  /** @throws {RuntimeError} `fenced` */
  pass(): void {
    const latest = this.#latest.get({})?.generation;
    const { node, generation } = this.#ownership;
    if (latest === generation) return;
    throw new RuntimeError(
      "fenced",
      `${node} opened the database as generation ${generation}, but ${latest} has opened it since: stop this process`,
    );
  }

  /** Writes something, so that an empty batch tells whether writing works. */
  probe(): void {
    this.#probe.run({ node: this.#ownership.node });
  }
}
