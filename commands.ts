import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, type Registry, systemClock } from "./runtime/mod.ts";

/**
 * Does what `main.ts` does when it is given a command, and is not needed to serve: `backup [TARGET]`, `restore SOURCE`,
 * `move --from A --to B`, `migrate` and `schema`, or `token --tenant acme --role operator`, which prints the token alone, for
 * `$(...)`.
 * @throws {RuntimeError} `invalid-config` for any other command; else what the command throws
 */
export async function runCommand(command: string, operands: readonly string[], config: Config): Promise<void> {
  // deno-lint-ignore no-console -- a command that speaks to a person
  const say = (line: string) => console.log(line);
  if (command === "token") {
    const { issueToken } = await import("./routes/access/issue_token.ts");
    return say(await issueToken(operands, { config, clock: systemClock }));
  }
  const { maintain } = await import("./runtime/store/maintenance.ts");
  const { registry } = await import(pathToFileURL(resolve(config.ACTORS)).href) as { registry: Registry };
  await maintain(command, operands, {
    databaseUrl: config.DATABASE_URL,
    migrateUrl: config.DATABASE_MIGRATE_URL,
    registry,
    clock: systemClock,
    say,
  });
}
