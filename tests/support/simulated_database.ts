import { formatAddress } from "../../runtime/actor/address.ts";
import type { Message, MessageRef } from "../../runtime/actor/message.ts";
import { type Clock, sleep } from "../../runtime/core/clock.ts";
import { RuntimeError, serializeError } from "../../runtime/core/errors.ts";
import type {
  Duties,
  EntryResult,
  Hint,
  LaneName,
  Lease,
  NodeReport,
  NodeRole,
  SharedStore,
  Store,
  StoreEntry,
  StoreReads,
} from "../../runtime/store/contract.ts";

export interface LifeOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly role?: NodeRole;
}

interface Life extends LifeOptions, NodeReport {
  readonly generation: number;
  readonly startedAt: number;
  leaseUntil: number;
  until: number;
  endedAt: number | null;
  drained: boolean;
  running: number;
  waiting: number;
  duties: Duties | null;
  hear: ((hint: Hint) => void) | null;
}

type Committed = Extract<EntryResult, { status: "committed" }>;

const LARGEST = 100_000;

/**
 * A store that several nodes share, over one that is one node's: who owns which actor is kept here, the slow and obvious
 * way. All is done within microtasks under the clock of the test, so that a run can be repeated.
 */
export class SimulatedDatabase {
  /** Notifications do not arrive. */
  losesHints = false;
  /** Ms that a call takes on its way, and its answer, each drawn anew. */
  latencyMs: () => number = () => 0;
  /** Nodes that cannot reach it. */
  readonly cutOff = new Set<string>();
  readonly hints: Hint[] = [];
  /** Nodes whose entries were refused, each time: what they handle is another's, or is not there. */
  readonly conflicts: string[] = [];
  /** Heads that nodes gave up since they had too much. */
  shed = 0;
  readonly #inner: Store;
  readonly #clock: Clock;
  readonly #lives: Life[] = [];
  /** By address, the generation that owns its head. */
  readonly #owners = new Map<string, number>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(inner: Store, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** Who owns the actor's head, by name; null: nobody. */
  ownerOf(address: string): string | null {
    const owner = this.#owners.get(address);
    return this.#lives.find(({ generation }) => generation === owner)?.node ?? null;
  }

  open(options: LifeOptions): Store {
    const previous = this.#lives.findLast(({ node }) => node === options.node)?.generation ?? 0;
    const now = this.#clock.now();
    const life: Life = {
      role: "all",
      ...options,
      generation: this.#lives.length + 1,
      startedAt: now,
      leaseUntil: now + options.leaseMs,
      until: options.clock.monotonic() + options.leaseMs,
      endedAt: null,
      drained: false,
      running: 0,
      waiting: 0,
      duties: null,
      hear: null,
    };
    this.#lives.push(life);
    const { node, generation } = life;
    return {
      ownership: { node, generation, previous, uncleanStarts: 0 },
      write: (batch) => this.#inTurn(() => this.#write(life, batch)),
      read: new Proxy(this.#inner.read, {
        get: (read, name: keyof StoreReads) => async (...args: never[]) => {
          await this.#dawdle();
          this.#mustReach(life);
          const isBehind = name === "mailboxBehind";
          if (isBehind && this.#owners.get(formatAddress(args[0]!)) !== generation) return [];
          const answer = await (read[name] as (...args: never[]) => Promise<unknown>)(...args);
          await this.#dawdle();
          return answer;
        },
      }),
      shared: this.#sharedBy(life),
      close: () =>
        this.#inTurn(() => {
          if (life.endedAt === null) this.#end(life);
          life.hear = null;
          return Promise.resolve();
        }),
    };
  }

  #sharedBy(life: Life): SharedStore {
    const leaseOf = (): Lease => ({
      until: life.until,
      aheadMs: Math.round(this.#clock.now() - life.clock.now()),
      drained: life.drained,
      nodes: this.#living().length,
      leads: this.#living()[0] === life,
    });
    return {
      begin: (duties) => void (life.duties = duties),
      renew: (report) =>
        this.#inTurn(() => {
          this.#fence(life);
          Object.assign(life, report);
          return Promise.resolve(leaseOf());
        }),
      get lease() {
        return leaseOf();
      },
      endLapsed: () =>
        this.#inTurn(() => {
          this.#mustReach(life);
          const lapsed = this.#living().filter(({ leaseUntil }) => leaseUntil < this.#clock.now());
          const ended = lapsed.map((one) => ({ node: one.node, generation: one.generation, freed: this.#end(one) }));
          return Promise.resolve(ended);
        }),
      claimable: () =>
        this.#inTurn(async () => {
          this.#mustReach(life);
          const lanes: LaneName[] = [];
          for (const lane of await this.#inner.read.readyLanes()) {
            const heads = await this.#inner.read.readyHeads(lane, LARGEST);
            if (heads.some((head) => this.#mayHave(life, head))) lanes.push(lane);
          }
          return lanes;
        }),
      claim: (lane, limit, { from } = { from: null }) =>
        this.#inTurn(async () => {
          this.#fence(life);
          const heads = await this.#inner.read.readyHeads(lane, LARGEST, { from });
          const owned = await this.#ownedReady();
          const claimed: Message[] = [];
          for (const head of heads) {
            if (claimed.length === limit) break;
            if (!this.#mayHave(life, head)) continue;
            if (!this.#owners.has(formatAddress(head))) {
              if (!this.#allows(life, head, owned)) continue;
              owned.push(head);
              this.#owners.set(formatAddress(head), life.generation);
            }
            claimed.push(head);
          }
          return claimed;
        }),
      disown: (how = { busy: [] }) =>
        this.#inTurn(() => {
          this.#fence(life);
          const named = new Set(("only" in how ? how.only : how.busy).map(formatAddress));
          const freed = this.#free(life, (address) => named.has(address) === "only" in how);
          if ("only" in how) this.shed += freed.length;
          if (freed.length > 0) this.#tell(life, { lanes: freed });
          return Promise.resolve();
        }),
      nodes: () => {
        this.#mustReach(life);
        return Promise.resolve(
          this.#living().map((one) => ({
            node: one.node,
            generation: one.generation,
            role: one.role ?? "all",
            startedAt: one.startedAt,
            leaseUntil: one.leaseUntil,
            drained: one.drained,
            running: one.running,
            waiting: one.waiting,
            owned: [...this.#owners.values()].filter((generation) => generation === one.generation).length,
          })),
        );
      },
      drain: (node, drained) => {
        this.#mustReach(life);
        const found = this.#living().find((one) => one.node === node);
        if (found !== undefined) found.drained = drained;
        return Promise.resolve(found !== undefined);
      },
      hint: (hint) => this.#tell(life, hint),
      listen: (hear) => {
        life.hear = hear;
        return Promise.resolve();
      },
      reserve: () => Promise.reject(new Error("Not simulated")),
    };
  }

  /** One at a time, as under locks. */
  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    await this.#dawdle();
    const done = this.#writing.then(act);
    this.#writing = done.catch(() => {});
    return await done.finally(() => this.#dawdle());
  }

  #dawdle(): Promise<void> {
    const ms = Math.floor(this.latencyMs());
    return ms === 0 ? Promise.resolve() : sleep(this.#clock, ms);
  }

  #living(): Life[] {
    return this.#lives.filter(({ endedAt }) => endedAt === null);
  }

  #mustReach({ node }: Life): void {
    if (!this.cutOff.has(node)) return;
    throw new RuntimeError("storage-unavailable", "The database cannot be reached", { retryable: true });
  }

  #fence(life: Life): void {
    this.#mustReach(life);
    if (life.endedAt !== null) {
      throw new RuntimeError("fenced", `The life ${life.generation} of ${life.node} has ended`);
    }
    life.leaseUntil = this.#clock.now() + life.leaseMs;
    life.until = life.clock.monotonic() + life.leaseMs;
  }

  #end(life: Life): number {
    life.endedAt = this.#clock.now();
    const freed = this.#free(life);
    if (freed.length > 0) this.#tell(life, { lanes: freed });
    return freed.length;
  }

  #free({ generation }: Life, mayBeFreed: (address: string) => boolean = () => true): LaneName[] {
    const mine = [...this.#owners].filter(([address, owner]) => owner === generation && mayBeFreed(address));
    for (const [address] of mine) this.#owners.delete(address);
    return mine.map(([address]) => {
      const [tenant, kind] = address.split("/") as [string, string];
      return { tenant, kind };
    });
  }

  #tell(from: Life, hint: Hint): void {
    this.hints.push(hint);
    if (this.losesHints) return;
    for (const life of this.#living()) {
      if (life !== from && !this.cutOff.has(life.node)) queueMicrotask(() => life.hear?.(hint));
    }
  }

  #mayHave({ generation }: Life, head: Message): boolean {
    return (this.#owners.get(formatAddress(head)) ?? generation) === generation;
  }

  async #ownedReady(): Promise<Message[]> {
    const lanes = await this.#inner.read.readyLanes();
    const heads = await Promise.all(lanes.map((lane) => this.#inner.read.readyHeads(lane, LARGEST)));
    return heads.flat().filter((head) => this.#owners.has(formatAddress(head)));
  }

  #allows({ duties }: Life, { tenant, kind }: Message, owned: readonly Message[]): boolean {
    const { total = Infinity, perTenant = Infinity } = duties?.limitsOf(kind) ?? {};
    const ofKind = owned.filter((head) => head.kind === kind);
    const ofTenant = owned.filter((head) => head.tenant === tenant);
    return ofKind.length < total && ofKind.filter((head) => head.tenant === tenant).length < perTenant &&
      ofTenant.length < (duties?.tenantLimitOf(tenant) ?? Infinity);
  }

  async #write(life: Life, batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    this.#fence(life);
    const refused = batch.map((entry) =>
      entry.writes.map((write) => "ref" in write && write.write !== "wish-cancelled" ? write.ref : null)
    )
      .map((refs) => refs.find((ref) => ref !== null && this.#isOthers(life, ref)) ?? null);
    const results = [...await this.#inner.write(batch.filter((_, index) => refused[index] === null))];
    let left = life.duties?.appetite() ?? 0;
    const take = (head: LaneName & { readonly key: string }): boolean => {
      if (life.duties?.limitsOf(head.kind) !== undefined || left <= 0) return false;
      left--;
      this.#owners.set(formatAddress(head), life.generation);
      return true;
    };
    const answers: EntryResult[] = [];
    for (const [index, entry] of batch.entries()) {
      const ref = refused[index];
      if (typeof ref === "object" && ref !== null) {
        answers.push({ status: "refused", error: serializeError(ownedElsewhere(ref)) });
      } else {
        const result = results.shift()!;
        answers.push(result.status === "committed" ? await this.#committed(life, entry, { result, take }) : result);
      }
    }
    for (const answer of answers) {
      if (answer.status === "refused" && answer.error.code === "conflict") this.conflicts.push(life.node);
    }
    return answers;
  }

  #isOthers({ generation }: Life, ref: MessageRef): boolean {
    const owner = this.#owners.get(formatAddress(ref));
    return owner !== undefined && owner !== generation;
  }

  async #committed(
    { generation }: Life,
    { writes }: StoreEntry,
    { result, take }: { result: Committed; take: (head: LaneName & { readonly key: string }) => boolean },
  ): Promise<Committed> {
    for (const write of writes) {
      if (write.write === "park") this.#owners.delete(formatAddress(write.address));
      if (write.write !== "remove" && write.write !== "bury") continue;
      if (await this.#inner.read.mailboxDepth(write.ref) === 0) this.#owners.delete(formatAddress(write.ref));
    }
    const appends = writes.filter((write) => write.write === "append");
    const appended = result.appended.map((place, index) => {
      const { message } = appends[index]!;
      return place.slot === "ready" && !take(message) ? { ...place, slot: "unowned" } as const : place;
    });
    const ready: Message[] = [];
    const unowned: LaneName[] = [];
    for (const head of result.ready) {
      const owner = this.#owners.get(formatAddress(head));
      if (owner === generation || (owner === undefined && take(head))) ready.push(head);
      else if (owner === undefined) unowned.push({ tenant: head.tenant, kind: head.kind });
    }
    return { ...result, appended, ready, unowned };
  }
}

function ownedElsewhere({ seq }: MessageRef): RuntimeError {
  return new RuntimeError("conflict", `The message ${seq} is another node's`);
}
