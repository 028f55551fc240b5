import type { LaneName } from "../store/contract.ts";
import { type AllWaiting, Lane, windowFor } from "./lane.ts";

/** The lanes of all tenants; how much each may hold depends on how many tenants there are. */
export class Lanes {
  readonly #byTenant = new Map<string, Map<string, Lane>>();
  readonly #window = windowFor(1);
  readonly #waiting: AllWaiting = { runs: 0 };
  /** Of lanes that are made now: until the store was asked which have ready heads, any may have more than is known. */
  #fresh: "complete" | "partial" = "partial";

  get tenants(): number {
    return this.#byTenant.size;
  }

  /** Runs that wait in any of them. */
  get waiting(): number {
    return this.#waiting.runs;
  }

  *[Symbol.iterator](): Iterator<Lane> {
    for (const ofTenant of this.#byTenant.values()) yield* ofTenant.values();
  }

  /** Made when it is not there. */
  of({ tenant, kind }: LaneName): Lane {
    let ofTenant = this.#byTenant.get(tenant);
    if (ofTenant === undefined) {
      this.#byTenant.set(tenant, ofTenant = new Map());
      this.#resize();
    }
    let lane = ofTenant.get(kind);
    if (lane === undefined) {
      ofTenant.set(kind, lane = new Lane({ tenant, kind }, this.#fresh, this.#window, this.#waiting));
    }
    return lane;
  }

  find({ tenant, kind }: LaneName): Lane | undefined {
    return this.#byTenant.get(tenant)?.get(kind);
  }

  /** In the order in which they come to their turn; one that is `served` meanwhile comes again after the others. */
  ofTenant(tenant: string): Iterable<Lane> {
    return this.#byTenant.get(tenant)?.values() ?? [];
  }

  /** The lane has had its turn: the tenant's others come first now, over all calls. */
  served(lane: Lane): void {
    const { tenant, kind } = lane.name;
    const ofTenant = this.#byTenant.get(tenant)!;
    ofTenant.delete(kind);
    ofTenant.set(kind, lane);
  }

  /** The store was asked: every lane that has ready heads is there. */
  foundAll(): void {
    this.#fresh = "complete";
  }

  /** Forgets the tenant's idle lanes. @returns whether it has none left */
  tidy(tenant: string): boolean {
    const ofTenant = this.#byTenant.get(tenant);
    if (ofTenant === undefined) return true;
    for (const [kind, lane] of ofTenant) if (lane.idle) ofTenant.delete(kind);
    if (ofTenant.size > 0) return false;
    this.#byTenant.delete(tenant);
    this.#resize();
    return true;
  }

  #resize(): void {
    Object.assign(this.#window, windowFor(this.tenants));
  }
}
