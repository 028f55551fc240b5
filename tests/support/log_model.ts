import type { StoredEvent, StoreReads } from "../../runtime/store/contract.ts";

/** One tenant's log as a store keeps it. Reads answer a turn of the loop after they have looked, as over a network. */
export class LogModel {
  readonly events: StoredEvent[] = [];
  trimmedTo = 0;
  readonly read: StoreReads;

  constructor() {
    this.read = {
      logMark: () => later({ last: this.last, trimmedTo: this.trimmedTo }),
      events: (_tenant: string, { after, limit }: { after: number; limit: number }) =>
        later(this.events.filter(({ number }) => number > Math.max(after, this.trimmedTo)).slice(0, limit)),
    } as Partial<StoreReads> as StoreReads;
  }

  get last(): number {
    return this.events.length;
  }

  /** Adds events and answers them. */
  append(count: number): StoredEvent[] {
    const added = Array.from({ length: count }, (_, index) => ({
      number: this.last + index + 1,
      type: "thing.happened",
      subject: "thing/one",
      at: 0,
      data: `${this.last + index + 1}`,
    }));
    this.events.push(...added);
    return added;
  }
}

async function later<T>(value: T): Promise<T> {
  await Promise.resolve();
  await Promise.resolve();
  return value;
}
