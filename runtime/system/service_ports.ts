import type { RowWrite } from "../actor/journal.ts";
import type { BoundQuery } from "../actor/tables.ts";
import type { Clock } from "../core/clock.ts";
import { deserializeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import type { Commands } from "./commands.ts";
import type { Commits } from "./commits.ts";
import type { Command } from "./contract.ts";
import type { Telling } from "./telling.ts";

/** What a service that sends messages of its own is given of the node, under the names that schedules and subscriptions have for it. */
export interface ServicePorts {
  readonly read: <A extends object, R>(tenant: string, query: BoundQuery<A, R>, args: A) => Promise<R>;
  readonly send: (
    commands: readonly Command[],
    how: { readonly by: string; readonly rows: readonly RowWrite[] },
  ) => Promise<void>;
  readonly commit: (entry: StoreEntry) => Promise<void>;
  readonly check: (command: Command) => void;
  readonly createId: CreateId;
  readonly now: () => number;
}

export function createServicePorts({ read, commits, commands, telling, createId, clock }: {
  readonly read: Pick<StoreReads, "point" | "query">;
  readonly commits: Pick<Commits, "append">;
  readonly commands: Pick<Commands, "fromOutside">;
  readonly telling: Telling;
  readonly createId: CreateId;
  readonly clock: Clock;
}): ServicePorts {
  return {
    async read<A extends object, R>(tenant: string, { tables, name, build }: BoundQuery<A, R>, args: A) {
      if (build !== undefined) return await read.point({ tenant, tables, query: name, args }) as R;
      return JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args) })) as R;
    },
    async send(all, { by, rows }) {
      await telling(all, { deed: { by, rows } });
    },
    async commit(entry) {
      const result = await commits.append(entry);
      if (result.status === "refused") throw deserializeError(result.error);
    },
    check: (each) => void commands.fromOutside(each, { by: "system", now: clock.now() }),
    createId,
    now: () => clock.now(),
  };
}
