import type { AnyKind } from "../actor/kind.ts";
import { type Environment, wholeIn } from "../actor/setting.ts";
import { RuntimeError } from "../core/errors.ts";
import type { StoreEntry } from "../store/contract.ts";
import type { ScheduleDeclaration } from "./contract.ts";
import { checkDeclaration, columnsOf } from "./declaration.ts";
import type { SchedulePorts } from "./ports.ts";
import type { ScheduleRow } from "./rows.ts";
import { changed } from "./schedules.ts";
import { scheduleTables } from "./tables.ts";
import { rowWrite } from "./tick_rows.ts";
import { timesOf } from "./timing.ts";

const TENANT = "system";
const PAGE = 100;

/**
 * What the kinds declare, by name, as far as the environment has what it needs.
 * @throws {RuntimeError} `invalid-config` when something can never be due, or two have one name
 */
export function builtInsOf(
  kinds: Iterable<AnyKind>,
  now: number,
  env: Environment = {},
): ReadonlyMap<string, ScheduleDeclaration> {
  const byName = new Map<string, ScheduleDeclaration>();
  for (const { kind, schedules } of kinds) {
    for (const { name, timing, needs, key, message, payload, catchUp, catchUpLimit, jitterMs } of schedules) {
      if (needs?.some((variable) => !env[variable])) continue;
      const declaration: ScheduleDeclaration = {
        name,
        timing: "env" in timing ? { everyMs: wholeIn(env, timing.env, timing.everyMs) } : timing,
        target: { kind, key, message, payload },
        catchUp: catchUp ?? "latest",
        catchUpLimit: catchUpLimit ?? 100,
        jitterMs: jitterMs ?? 0,
        enabled: true,
      };
      if (byName.has(name)) {
        throw new RuntimeError("invalid-config", `Two kinds declare a schedule ${name}: rename one`);
      }
      try {
        checkDeclaration(declaration, now);
      } catch (cause) {
        const why = (cause as Error).message;
        throw new RuntimeError("invalid-config", `The kind ${kind} declares a schedule ${name}: ${why}`, { cause });
      }
      byName.set(name, declaration);
    }
  }
  return byName;
}

/**
 * Brings the rows of built-in schedules to what is declared: those that are new are made, those that have changed are
 * changed, and those that no kind declares any more go, with their ledgers. Whether one is enabled is left as people decided.
 * Several nodes may do so at once: what one has done before is found done.
 * @throws {RuntimeError} the storage's trouble: call it again
 */
export async function upsertBuiltIns(
  declared: ReadonlyMap<string, ScheduleDeclaration>,
  ports: SchedulePorts,
): Promise<void> {
  for (const declaration of declared.values()) await upsert(declaration, ports);
  for await (const row of builtIns(ports)) {
    if (!declared.has(row.name)) await withdraw(row, ports);
  }
}

async function upsert(declaration: ScheduleDeclaration, ports: SchedulePorts): Promise<void> {
  const { name } = declaration;
  const at = ports.now();
  const before = await ports.read(TENANT, scheduleTables.queries.byName, { name });
  if (before === null) {
    const created = {
      name,
      revision: ports.createId(),
      ...columnsOf(declaration),
      anchorAt: at,
      builtIn: 1,
      nextAt: timesOf(declaration.timing, at).after(at),
      createdBy: "system",
      createdAt: at,
      updatedAt: at,
    };
    return await commit(ports, at, [rowWrite("created", created)]);
  }
  const wanted = { ...declaration, enabled: before.enabled === 1 };
  const columns = Object.entries({ ...columnsOf(wanted), builtIn: 1 });
  if (columns.every(([column, value]) => before[column as keyof ScheduleRow] === value)) return;
  const row = { ...changed(before, wanted, { at, revision: ports.createId() }), builtIn: 1 };
  const { tenant: _, last: __, createdBy: ___, createdAt: ____, ...args } = row;
  await commit(ports, at, [rowWrite("changed", { ...args, from: before.revision })]);
}

async function withdraw({ name }: ScheduleRow, ports: SchedulePorts): Promise<void> {
  await commit(ports, ports.now(), [rowWrite("removed", { name }), rowWrite("ledgerRemoved", { name })]);
}

async function commit(ports: SchedulePorts, at: number, rows: NonNullable<StoreEntry["rows"]>): Promise<void> {
  try {
    await ports.commit({ tenant: TENANT, at, writes: rows.map((row) => ({ write: "row", row })) });
  } catch (thrown) {
    // Another node was faster.
    if (thrown instanceof RuntimeError && (thrown.code === "conflict" || thrown.code === "constraint")) return;
    throw thrown;
  }
}

async function* builtIns({ read }: SchedulePorts): AsyncGenerator<ScheduleRow> {
  let after: string | undefined;
  for (;;) {
    const rows = await read(TENANT, scheduleTables.queries.page, { after, limit: PAGE });
    for (const row of rows) if (row.builtIn === 1) yield row;
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.name;
  }
}
