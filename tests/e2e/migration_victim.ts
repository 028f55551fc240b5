import type { DatabaseSync, StatementSync } from "node:sqlite";
import { migrate } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import type { Registry } from "../../runtime/authoring.ts";

/** What the victim is told as its arguments. */
export interface VictimArguments {
  readonly path: string;
  readonly registryUrl: string;
  /** It is killed right before this statement, the first being 1; 0 for never. */
  readonly killBefore: number;
}

/** Migrates a file as the writer does, and dies by SIGKILL before the statement it was told; else says how many it ran. */
async function migrateUntilKilled({ path, registryUrl, killBefore }: VictimArguments): Promise<void> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  let ran = 0;
  const step = () => {
    if (++ran === killBefore) Deno.kill(Deno.pid, "SIGKILL");
  };
  using db = openWriterConnection(path, "full");
  await migrate(kyselyOver(counted(db, step)), registry);
  // deno-lint-ignore no-console -- the answer to the campaign
  console.log(ran);
}

/** The connection, with `step` called before each statement that it runs. */
function counted(db: DatabaseSync, step: () => void): DatabaseSync {
  const countedStatement = (statement: StatementSync): StatementSync =>
    new Proxy(statement, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "run" || name === "all" || name === "iterate") step();
          return value.apply(target, args);
        };
      },
    });
  return new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name === "prepare") return (sql: string) => countedStatement(target.prepare(sql));
      return value.bind(target);
    },
  });
}

if (import.meta.main) await migrateUntilKilled(JSON.parse(Deno.args[0]!));
