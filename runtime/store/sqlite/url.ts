import { RuntimeError } from "../../core/errors.ts";

/** Where the data lies. The path `:memory:` means a file that is gone when the store closes. */
export interface DatabaseUrl {
  readonly engine: "sqlite";
  readonly path: string;
}

/**
 * Reads `sqlite:./data/mailroom.db`, `sqlite:/var/lib/mailroom.db` or `sqlite::memory:`.
 * @throws {RuntimeError} `invalid-config` for anything else
 */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  const path = /^sqlite:(?<path>.+)$/.exec(url)?.groups?.["path"];
  if (path === undefined || path.startsWith("//") || path.endsWith("/") || /[?#\0]/.test(path)) {
    const scheme = /^[a-z]+:/.exec(url)?.[0] ?? "something else";
    throw new RuntimeError(
      "invalid-config",
      `The database must be sqlite:<path of a file> or sqlite::memory:, not ${scheme}… ` +
        "(only sqlite: is known so far; postgres: comes later)",
    );
  }
  return { engine: "sqlite", path };
}
