import type { Address } from "../../actor/address.ts";
import type { Message } from "../../actor/message.ts";
import type { Disowning, EndedLife, HeadPlace, Hint, LaneName } from "../contract.ts";
import { claim, claimable, type ClaimedRow, claimLimited, lockLimits } from "./claim_statements.ts";
import { isSurprise } from "./faults.ts";
import {
  type AddressLists,
  type DisownedRow,
  disownReady,
  disownThese,
  disownWaiting,
  freed,
  type FreedRow,
  freeReady,
  freeWaiting,
  unfreed,
} from "./free_statements.ts";
import { fenced } from "./lease.ts";
import type { Life } from "./life.ts";
import type { Pool } from "./pool.ts";
import type { Prepared } from "./prepared.ts";
import { inTransaction } from "./transaction.ts";

/** Before every place of a lane: no message has such a priority. */
const ABOVE_ALL: HeadPlace = { priority: Number.MAX_SAFE_INTEGER, readyAt: 0, seq: 0 };
const UNLIMITED = Number.MAX_SAFE_INTEGER;
/** Heads that get another owner, or none, with one statement. */
const STEP = 1_000;
/** How often somebody else may be in the way. */
const TRIES = 3;

/** Which heads are this life's. */
export class Claims {
  readonly #pool: Pool;
  readonly #life: Life;
  readonly #hint: (hint: Hint) => void;

  constructor(pool: Pool, life: Life, hint: (hint: Hint) => void) {
    this.#pool = pool;
    this.#life = life;
    this.#hint = hint;
  }

  async claimable(): Promise<readonly LaneName[]> {
    const { generation } = this.#life.ownership;
    return await this.#pool.read((connection) => claimable.all(connection, { generation }));
  }

  async claim({ tenant, kind }: LaneName, limit: number, from: HeadPlace | null): Promise<readonly Message[]> {
    const { priority, readyAt, seq } = from ?? ABOVE_ALL;
    const { generation } = this.#life.ownership;
    const asked = { tenant, kind, limit, priority, readyAt, seq, generation };
    return this.#claimed(
      await this.#pool.use(async (connection) => {
        const limits = this.#limitsOf({ tenant, kind });
        if (limits === undefined) return await claim.all(connection, asked);
        const ofTenant = limits.tenantLimit === UNLIMITED ? 0 : 1;
        const [, rows] = await inTransaction(connection, () => [
          lockLimits.all(connection, { tenant, kind, ofTenant }),
          claimLimited.all(connection, { ...asked, ...limits }),
        ]);
        return rows;
      }),
    );
  }

  async disown(how: Disowning): Promise<void> {
    const { generation } = this.#life.ownership;
    if ("only" in how) {
      return this.#tell(this.#disowned(await this.#run(disownThese, { generation, ...listsOf(how.only) })));
    }
    const left = listsOf(how.busy);
    for (const statement of [disownReady, disownWaiting]) {
      await this.#inSteps(async () => this.#disowned(await this.#run(statement, { generation, limit: STEP, ...left })));
    }
  }

  /** Frees what the lives own that were ended, by whomever; answers how many of each. */
  async freeEnded(): Promise<ReadonlyMap<EndedLife["generation"], number>> {
    const counts = new Map<number, number>();
    for (const { generation } of await this.#pool.read((connection) => unfreed.all(connection, {}))) {
      let count = 0;
      for (const statement of [freeReady, freeWaiting]) {
        count += await this.#inSteps(() => this.#run(statement, { generation, limit: STEP }));
      }
      await this.#pool.use((connection) => freed.run(connection, { generation }));
      counts.set(generation, count);
    }
    return counts;
  }

  #limitsOf({ tenant, kind }: LaneName) {
    const { duties } = this.#life;
    const [ofKind, ofTenant] = [duties?.limitsOf(kind), duties?.tenantLimitOf(tenant)];
    if (ofKind === undefined && ofTenant === undefined) return undefined;
    const { total = UNLIMITED, perTenant = UNLIMITED } = ofKind ?? {};
    return { total, perTenant, tenantLimit: ofTenant ?? UNLIMITED };
  }

  #claimed(rows: readonly ClaimedRow[]): readonly Message[] {
    if (rows.length === 0) throw fenced(this.#life.ownership);
    return rows.filter(({ seq }) => seq !== null).map(({ alive: _, ...message }) => message);
  }

  #disowned(rows: readonly DisownedRow[]): readonly FreedRow[] {
    if (rows.length === 0) throw fenced(this.#life.ownership);
    return rows.filter(({ slot }) => slot !== null);
  }

  /** A few at a time, so that nobody waits for it long; answers how many there were. */
  async #inSteps(step: () => Promise<readonly FreedRow[]>): Promise<number> {
    let count = 0;
    for (;;) {
      const heads = await step();
      count += heads.length;
      this.#tell(heads);
      if (heads.length < STEP) return count;
    }
  }

  async #run<A extends object, Row>(statement: Prepared<A, Row>, args: A): Promise<readonly Row[]> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#pool.use((connection) => statement.all(connection, args));
      } catch (thrown) {
        if (!isSurprise(thrown) || tries === TRIES) throw thrown;
      }
    }
  }

  #tell(heads: readonly FreedRow[]): void {
    const ready = heads.filter(({ slot }) => slot === 1);
    const lanes = [...new Map(ready.map(({ tenant, kind }) => [`${tenant}/${kind}`, { tenant, kind }])).values()];
    const dueAt = heads.filter(({ slot }) => slot === 2)
      .reduce((least, { readyAt }) => Math.min(least, readyAt), Infinity);
    if (heads.length === 0) return;
    this.#hint({ ...(lanes.length === 0 ? {} : { lanes }), ...(dueAt === Infinity ? {} : { dueAt }) });
  }
}

function listsOf(addresses: readonly Address[]): AddressLists {
  return {
    tenants: addresses.map(({ tenant }) => tenant),
    kinds: addresses.map(({ kind }) => kind),
    keys: addresses.map(({ key }) => key),
  };
}
