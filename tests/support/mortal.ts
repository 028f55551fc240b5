import type { CancelTimer, Clock } from "../../runtime/core/clock.ts";
import type { SharedStore, Store, StoreReads } from "../../runtime/store/contract.ts";

/** The end of a process, for parts of it that live on in the test's own: from then on they do and hear nothing. */
export interface Mortality {
  readonly dead: boolean;
  readonly clock: Clock & { readonly armed: number };
  /** The store as the process sees it: after its end no answer comes back. */
  store(store: Store): Store;
  die(): void;
}

export function createMortality(clock: Clock): Mortality {
  const timers = new Set<CancelTimer>();
  let dead = false;
  const heard = <T>(call: () => Promise<T>): Promise<T> => {
    if (dead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      call().then((value) => dead || resolve(value), (error) => dead || reject(error));
    });
  };
  const sharedBy = (shared: SharedStore): SharedStore => ({
    get lease() {
      return shared.lease;
    },
    begin: (duties) => shared.begin({ ...duties, appetite: () => dead ? 0 : duties.appetite() }),
    hint: (hint) => dead ? undefined : shared.hint(hint),
    listen: (hear) => heard(() => shared.listen((hint) => dead ? undefined : hear(hint))),
    renew: (report) => heard(() => shared.renew(report)),
    endLapsed: () => heard(() => shared.endLapsed()),
    claimable: () => heard(() => shared.claimable()),
    claim: (...asked) => heard(() => shared.claim(...asked)),
    disown: (how) => heard(() => shared.disown(how)),
    nodes: () => heard(() => shared.nodes()),
    drain: (...asked) => heard(() => shared.drain(...asked)),
    reserve: (...asked) => heard(() => shared.reserve(...asked)),
  });
  return {
    get dead() {
      return dead;
    },
    clock: {
      get armed() {
        return timers.size;
      },
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after(delayMs, fire) {
        if (dead) return () => {};
        const cancel = clock.after(delayMs, () => {
          timers.delete(forget);
          fire();
        });
        const forget = () => {
          timers.delete(forget);
          cancel();
        };
        timers.add(forget);
        return forget;
      },
    },
    store: (store) => ({
      ownership: store.ownership,
      get room() {
        return store.room ?? "ample";
      },
      write: (batch) => heard(() => store.write(batch)),
      ...store.writeNext === undefined ? {} : { writeNext: (batch) => heard(() => store.writeNext!(batch)) },
      read: new Proxy(store.read, {
        get: (read, name: keyof StoreReads) => (...args: never[]) =>
          heard(() => (read[name] as (...args: never[]) => Promise<unknown>)(...args)),
      }),
      ...store.shared === undefined ? {} : { shared: sharedBy(store.shared) },
      close: () => store.close(),
    }),
    die() {
      dead = true;
      for (const cancel of timers) cancel();
    },
  };
}
