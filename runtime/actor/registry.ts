import { RuntimeError } from "../core/errors.ts";
import type { AnyKind } from "./kind.ts";
import type { BoundQuery, BoundWrite, Tables } from "./tables.ts";

/** Every kind and every table set that a program knows; loaded by main, reader and hosts alike. */
export interface Registry {
  readonly kinds: ReadonlyMap<string, AnyKind>;
  readonly tables: ReadonlyMap<string, Tables>;
  /** @throws {RuntimeError} `unknown-kind` */
  kind(name: string): AnyKind;
}

/**
 * `sets`: those that belong to no kind. The same set may come several times.
 * @throws {TypeError} when two kinds or two table sets share a name
 */
export function createRegistry(kinds: readonly AnyKind[], sets: readonly Tables[] = []): Registry {
  const byName = new Map<string, AnyKind>();
  for (const kind of kinds) {
    if (byName.has(kind.kind)) throw new TypeError(`Two kinds are named ${kind.kind}: rename one`);
    byName.set(kind.kind, kind);
  }
  const tables = new Map<string, Tables>();
  for (const set of [...sets, ...kinds.flatMap((kind) => kind.tables)]) {
    const known = tables.get(set.name);
    if (known !== undefined && known !== set) throw new TypeError(`Two table sets are named ${set.name}: rename one`);
    tables.set(set.name, set);
  }
  return {
    kinds: byName,
    tables,
    kind(name) {
      const kind = byName.get(name);
      if (kind === undefined) {
        throw new RuntimeError(
          "unknown-kind",
          `There is no kind ${JSON.stringify(name)}; known: ${[...byName.keys()]}`,
        );
      }
      return kind;
    },
  };
}

export function findWrite(registry: Registry, tables: string, name: string): BoundWrite | undefined {
  return own(registry.tables.get(tables)?.writes, name) as BoundWrite | undefined;
}

export function findQuery(registry: Registry, tables: string, name: string): BoundQuery | undefined {
  return own(registry.tables.get(tables)?.queries, name) as BoundQuery | undefined;
}

function own(declared: Readonly<Record<string, unknown>> | undefined, name: string): unknown {
  return declared !== undefined && Object.hasOwn(declared, name) ? declared[name] : undefined;
}
