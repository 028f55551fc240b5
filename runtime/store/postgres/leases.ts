import { sql } from "kysely";
import type { EndedLife, Lease, NodeReport, NodeRole, NodeSight } from "../contract.ts";
import { fenced, LEASE_COLUMNS, type LeaseRow, NOW_MS } from "./lease.ts";
import type { Life } from "./life.ts";
import type { Pool } from "./pool.ts";
import { prepareText } from "./prepared.ts";

type Generation = { readonly generation: number };
type NodeRow = Omit<NodeSight, "role" | "drained"> & { readonly role: string; readonly drained: number };

/** Renewals of a life's lease, and what is known of the other lives. */
export class Leases {
  readonly #pool: Pool;
  readonly #life: Life;
  readonly #renew = prepareText<Generation & NodeReport & { readonly leaseMs: number }, LeaseRow>((
    { generation, leaseMs, running, waiting },
  ) =>
    sql`update lives set lease_until = ${NOW_MS} + ${leaseMs}::bigint, running = ${running}, waiting = ${waiting}
      where generation = ${generation} and ended_at is null returning ${LEASE_COLUMNS}`
  );
  /**
   * A life whose row is locked is committing, and prolongs its lease with that: so it is passed over.
   */
  readonly #end = prepareText<Generation, { node: string; generation: number }>(({ generation }) =>
    sql`with lapsed as (select generation from lives
        where ended_at is null and lease_until < ${NOW_MS} and generation <> ${generation} for update skip locked)
      update lives set ended_at = ${NOW_MS} from lapsed where lives.generation = lapsed.generation
      returning lives.node, lives.generation`
  );
  readonly #nodes = prepareText<object, NodeRow>(() =>
    sql`select node, generation, role, opened_at as started_at, lease_until, drained, running, waiting,
        (select count(*) from messages where slot = 1 and owner > 0 and owner = generation)
          + (select count(*) from messages where slot = 2 and owner > 0 and owner = generation) as owned
      from lives where ended_at is null order by generation`
  );
  readonly #drain = prepareText<{ readonly node: string; readonly drained: number }, never>(({ node, drained }) =>
    sql`update lives set drained = ${drained} where node = ${node} and ended_at is null`
  );

  constructor(pool: Pool, life: Life) {
    this.#pool = pool;
    this.#life = life;
  }

  async renew({ running, waiting }: NodeReport): Promise<Lease> {
    const { lease, leaseMs, ownership: { generation } } = this.#life;
    const sent = lease.sending();
    const row = await this.#pool.use((connection) =>
      this.#renew.get(connection, { generation, leaseMs, running, waiting })
    );
    if (row === undefined) throw fenced(this.#life.ownership);
    return lease.told(sent, row);
  }

  /** What they owned is theirs until it is freed. */
  async endLapsed(): Promise<readonly Omit<EndedLife, "freed">[]> {
    const { generation } = this.#life.ownership;
    return await this.#pool.use((connection) => this.#end.all(connection, { generation }));
  }

  async nodes(): Promise<readonly NodeSight[]> {
    const rows = await this.#pool.read((connection) => this.#nodes.all(connection, {}));
    return rows.map((row) => ({ ...row, role: row.role as NodeRole, drained: row.drained === 1 }));
  }

  async drain(node: string, drained: boolean): Promise<boolean> {
    return await this.#pool.use((connection) => this.#drain.run(connection, { node, drained: Number(drained) })) > 0;
  }
}
