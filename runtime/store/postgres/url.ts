import { RuntimeError } from "../../core/errors.ts";

const SCHEME = /^postgres(ql)?:\/\//;
/** What those who know Postgres set in place of an address. */
const PARTS = ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"] as const;

export function isPostgresUrl(url: string): boolean {
  return SCHEME.test(url);
}

/**
 * Sees that it names one server, and answers it.
 * @throws {RuntimeError} `invalid-config`; what it says bears nothing of the address
 */
export function parsePostgresUrl(url: string): URL {
  const parsed = isPostgresUrl(url) && !/[\0\s]/.test(url) ? parsedOf(url) : null;
  if (parsed !== null && !parsed.hostname.includes(",")) return parsed;
  throw new RuntimeError(
    "invalid-config",
    "The database must be postgres://<user>:<password>@<host>:<port>/<database>, with characters like @ and / of a user or " +
      "password percent-encoded",
  );
}

/**
 * The address that PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD say together; undefined without PGHOST. A host that
 * begins with / is the folder of a Unix socket.
 */
export function postgresUrlOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const [host, port, database, user, password] = PARTS.map((name) => env[name] === "" ? undefined : env[name]);
  if (host === undefined) return undefined;
  const isFolder = host.startsWith("/");
  const login = user === undefined ? "" : encodeURIComponent(user) + secretOf(password);
  const at = isFolder ? "" : host.includes(":") ? `[${host}]` : host;
  const place = isFolder
    ? `?host=${encodeURIComponent(host)}${port === undefined ? "" : `&port=${port}`}`
    : port === undefined
    ? ""
    : `:${port}`;
  const path = `/${encodeURIComponent(database ?? user ?? "")}`;
  const who = login === "" ? "" : `${login}@`;
  return isFolder ? `postgres://${who}localhost${path}${place}` : `postgres://${who}${at}${place}${path}`;
}

/** For people: the address without what lets somebody in. */
export function shownUrl(url: string): string {
  if (!isPostgresUrl(url)) return url;
  const parsed = parsedOf(url);
  if (parsed === null) return "postgres://…";
  if (parsed.password !== "") parsed.password = "***";
  for (const name of [...parsed.searchParams.keys()]) {
    if (/password|key/i.test(name)) parsed.searchParams.set(name, "***");
  }
  return parsed.href;
}

function secretOf(password: string | undefined): string {
  return password === undefined ? "" : `:${encodeURIComponent(password)}`;
}

function parsedOf(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
