import type { Store } from "../../runtime/store/contract.ts";

/** A store of its own for one test; disposing closes it and removes what it left. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<Store>;
}

/** Opens an empty store whose registry is `tests/support/registry/store_registry.ts`. */
export type OpenStore = () => Promise<OpenedStore>;
