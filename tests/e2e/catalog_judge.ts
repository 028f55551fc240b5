import type { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { PARTS } from "../../actors/catalog/messages.ts";
import type { Part } from "../../actors/catalog/rows.ts";
import type { CatalogSimulator, Listing } from "../../actors/catalog/simulator/contract.ts";
import { type FileRow, fileRows } from "../support/catalog_node.ts";
import type { Findings } from "./torture_campaign.ts";

type Rows = ReadonlyMap<string, FileRow>;
type Counts = Record<string, { created: number; updated: number; withdrawn: number }>;

interface Kill {
  readonly at: number;
  /** What the file said of the instants that were asked for. */
  readonly waitUntil: Readonly<Record<Part, number>>;
}

/** Compares what a server keeps of a catalogue with what that lists, after each cycle and each kill. */
export class CatalogJudge {
  /** By the number of changes before it. */
  readonly #listings = new Map<number, Listing>();
  readonly #simulator: CatalogSimulator;
  readonly #findings: Findings;
  readonly #kills: Kill[] = [];
  /** As the last completed cycle left it. */
  readonly #rows: Record<Part, Rows> = { categories: new Map(), brands: new Map() };
  readonly #last: Record<Part, string> = { categories: "", brands: "" };
  #changes = 0;
  completed = 0;
  written = 0;

  constructor(simulator: CatalogSimulator, findings: Findings) {
    this.#simulator = simulator;
    this.#findings = findings;
    this.#listings.set(0, simulator.listing());
  }

  change(count: number): void {
    this.#simulator.change(count);
    this.#listings.set(++this.#changes, this.#simulator.listing());
  }

  /** Whether the last completed cycle of each part has read the catalogue as it is now. */
  get isInStep(): boolean {
    const listing = this.#simulator.listing();
    return PARTS.every((part) =>
      this.#last[part] !== "" && isDeepStrictEqual(activeOf(this.#rows[part]), listingOf(listing, part))
    );
  }

  /** Answers how many cycles were completed since it last looked. */
  look(db: DatabaseSync): number {
    let found = 0;
    for (const part of PARTS) {
      const cycles = db.prepare(
        "select id, counts, ended_at from catalog_cycles where part = ? and status = 'completed' and id > ? order by id",
      ).all(part, this.#last[part]);
      if (cycles.length === 0) continue;
      const { id, counts, ended_at } = cycles.at(-1)!;
      this.#findings.expect("no cycle is completed unseen", cycles.length === 1, () => `${part}: ${cycles.length}`);
      this.#last[part] = String(id);
      this.#judgeCycle(db, part, { changes: JSON.parse(String(counts)).changes, endedAt: Number(ended_at) });
      found++;
    }
    this.completed += found;
    return found;
  }

  /** Of a server that is dead: nothing of a cycle that was under way is to be seen. */
  killed(db: DatabaseSync): void {
    const at = Date.now();
    this.look(db);
    for (const part of PARTS) {
      this.#findings.expect(
        "after a kill the tables are as a completed cycle left them",
        isDeepStrictEqual(rowsOf(db, part), this.#rows[part]),
        () => part,
      );
    }
    const waitUntil = (part: Part) => {
      const row = db.prepare("select state from upstream_limits where id = ?").get(`catalog-${part}`);
      return row === undefined ? 0 : Number(JSON.parse(String(row["state"])).waitUntil);
    };
    this.#kills.push({ at, waitUntil: { categories: waitUntil("categories"), brands: waitUntil("brands") } });
  }

  finish(): void {
    const { calls } = this.#simulator;
    this.#findings.expectAll("no window has more calls than its limit", calls, ({ isExcess }) => !isExcess);
    this.#findings.expectAll("no call comes before the announced instant", calls, ({ at, part, early }) => {
      if (early === null) return true;
      const kill = this.#kills.findLast((one) => one.at >= early.askedAt && one.at <= at);
      // The answer was sent, and the server died before it could write down what it asked.
      return kill !== undefined && kill.waitUntil[part] < early.askedUntil && at >= kill.waitUntil[part];
    });
    this.#findings.expectAll("every call is authenticated", calls, ({ status }) => status !== 401);
  }

  #judgeCycle(db: DatabaseSync, part: Part, { changes, endedAt }: { changes: Counts; endedAt: number }): void {
    const call = this.#simulator.calls.findLast(({ at, status, ...other }) =>
      other.part === part && status === 200 && at <= endedAt
    )!;
    const wanted = listingOf(this.#listings.get(call.version)!, part);
    const [before, after] = [this.#rows[part], rowsOf(db, part)];
    this.#findings.expect(
      "after a completed cycle the tables are what the catalogue lists",
      isDeepStrictEqual(activeOf(after), wanted),
      () => `${part} ${JSON.stringify(differences(activeOf(after), wanted).slice(0, 3))}`,
    );
    const made = changesBetween(before, wanted);
    this.#findings.expect(
      "as many rows are written as have changed",
      isDeepStrictEqual(changes, made),
      () => `${part}: ${JSON.stringify({ changes, made })}`,
    );
    this.written += Object.values(made).reduce((sum, each) => sum + each.created + each.updated + each.withdrawn, 0);
    this.#findings.expectAll("no row is touched that has not changed", before.values(), (row) => {
      const now = after.get(row.key);
      if (now === undefined) return false;
      return now.content !== row.content || now.status !== row.status || now.updatedAt === row.updatedAt;
    });
    this.#findings.expectAll("rows are written by the system user", after.values(), ({ updatedBy }) => updatedBy === 1);
    if (part === "brands") {
      const dangling = db.prepare(`select count(*) as many from catalog_brand_categories as link where status = 'active'
        and not exists (select 1 from catalog_categories as category where category.tenant = link.tenant
          and category.internal_id = link.category_id)`).get()!["many"];
      this.#findings.expect("no link leads nowhere", dangling === 0, () => `${dangling}`);
    }
    this.#rows[part] = after;
  }
}

/** Announced categories are no turn's of their own. */
function rowsOf(db: DatabaseSync, part: Part): Rows {
  return new Map([...fileRows(db)].filter(([key, { status }]) => isOf(key, part) && status !== "announced"));
}

function isOf(key: string, part: Part): boolean {
  return key.startsWith("categories/") === (part === "categories");
}

function listingOf(listing: Listing, part: Part): Listing {
  return new Map([...listing].filter(([key]) => isOf(key, part)).sort(byKey));
}

function activeOf(rows: Rows): Listing {
  const active = [...rows.values()].filter(({ status }) => status === "active");
  return new Map(active.map(({ key, content }) => [key, content] as const).sort(byKey));
}

function byKey([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

function changesBetween(before: Rows, wanted: Listing): Counts {
  const counts: Counts = {};
  const add = (key: string, change: "created" | "updated" | "withdrawn") => {
    (counts[key.slice(0, key.indexOf("/"))] ??= { created: 0, updated: 0, withdrawn: 0 })[change]++;
  };
  for (const [key, content] of wanted) {
    const row = before.get(key);
    if (row === undefined) add(key, "created");
    else if (row.content !== content || row.status !== "active") add(key, "updated");
  }
  for (const { key, status } of before.values()) if (status === "active" && !wanted.has(key)) add(key, "withdrawn");
  return counts;
}

function differences(one: Listing, other: Listing): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
}
