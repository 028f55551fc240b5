import type { PostgresPoolClient } from "kysely";
import { RuntimeError } from "../../core/errors.ts";
import { lostConnection } from "./faults.ts";
import type { Member } from "./pool_upkeep.ts";
import type { Connection } from "./prepared.ts";
import type { Watch } from "./watch.ts";

/** What a pool needs of the driver's connections. */
export interface Client {
  // deno-lint-ignore no-explicit-any -- the driver's own has many forms
  query(...query: any[]): Promise<any>;
  end(): Promise<void>;
}

/** A connection of a pool. */
export interface Kept extends Member {
  readonly client: Client;
  /** It is lent no more. */
  isLost: boolean;
}

/** A connection, or a share of one, that is one user's until it is released. */
export type Lent = PostgresPoolClient & Connection & Pick<Client, "query">;

/** A share of this connection; what is found lost while it is used is told by `lose`. */
export function lentOf(
  member: Kept,
  { watch, lose, giveBack }: { readonly watch: Watch; readonly lose: () => void; readonly giveBack: () => void },
): Lent {
  let isReleased = false;
  const query = async (...asked: unknown[]) => {
    try {
      return await watch.wait(member.client.query(...asked));
    } catch (thrown) {
      // Given up, or gone: what it answers later is nobody's.
      if (thrown instanceof RuntimeError || lostConnection(thrown)) lose();
      throw thrown;
    }
  };
  const release = (destroy = false) => {
    if (isReleased) return;
    isReleased = true;
    if (destroy) lose();
    giveBack();
  };
  return { query, release } as Lent;
}
