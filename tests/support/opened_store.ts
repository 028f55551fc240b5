import type { Store } from "../../runtime/store/contract.ts";

/** A store of its own for one test; disposing closes it and removes what it left. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  /** Closes the store and opens the same data again. */
  reopen(how?: Reopening): Promise<Store>;
}

export interface Reopening {
  /** When it is opened; at noon by default. */
  readonly now?: number;
  /** What is opened is what a kill would have left: the store never closed it. */
  readonly died?: boolean;
}

/** Opens an empty store whose registry is `tests/support/registry/store_registry.ts`. */
export type OpenStore = () => Promise<OpenedStore>;
