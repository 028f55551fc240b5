// @ts-types="./pg.d.ts"
import pg, { type Client, type ClientConfig, type Pool } from "pg";
import { sqlState } from "./faults.ts";
import { parsePostgresUrl } from "./url.ts";

/**
 * What a connection is for. `writer`: commits. `reader`: reads of a node at work, each by an index. `reports`: long reads,
 * planned by what the tables hold. `listener`: hears what other nodes say. `migration`: changes tables.
 */
export type Purpose = "writer" | "reader" | "reports" | "listener" | "migration";

export interface ConnectionOptions {
  readonly databaseUrl: string;
  readonly purpose: Purpose;
  /** The node's name, for those who look at the server's sessions. */
  readonly node: string;
  /** Instead of what the purpose has; ms, 0 for none. */
  readonly limits?: Partial<Limits>;
}

/** In ms; 0: none. The server keeps all but the first two. */
export interface Limits {
  /** Until a connection is there. */
  readonly connect: number;
  /** Until an answer is there: over a network that swallows everything, nobody else would notice. */
  readonly answer: number;
  readonly statement: number;
  readonly lock: number;
  /** How long a transaction may wait for its next statement. */
  readonly idle: number;
}

const LIMITS: Readonly<Record<Purpose, Limits>> = {
  writer: { connect: 1_000, answer: 1_000, statement: 5_000, lock: 3_000, idle: 5_000 },
  reader: { connect: 1_000, answer: 0, statement: 30_000, lock: 5_000, idle: 10_000 },
  reports: { connect: 1_000, answer: 0, statement: 60_000, lock: 5_000, idle: 10_000 },
  listener: { connect: 1_000, answer: 1_000, statement: 5_000, lock: 0, idle: 0 },
  migration: { connect: 30_000, answer: 0, statement: 0, lock: 0, idle: 60_000 },
};

/**
 * A plan that is found by an index stays that plan: not chosen by how many rows the server believes there are, as it
 * believes what was there minutes ago, and not made anew for each value.
 */
const STEADY = [
  "enable_seqscan=off",
  "enable_bitmapscan=off",
  "enable_hashjoin=off",
  "enable_mergejoin=off",
  "plan_cache_mode=force_generic_plan",
];
const OF_ALL = ["jit=off", "default_transaction_isolation=read\\ committed", "client_min_messages=warning"];
const OF: Readonly<Record<Purpose, readonly string[]>> = {
  writer: STEADY,
  reader: [...STEADY, "default_transaction_read_only=on"],
  reports: ["default_transaction_read_only=on"],
  listener: STEADY,
  migration: [],
};

/** For `pg`: as it is, or with more said. */
export function clientConfig({ databaseUrl, purpose, node, limits }: ConnectionOptions): ClientConfig {
  const url = parsePostgresUrl(databaseUrl);
  const asked = url.searchParams.get("options");
  // What stands in the address goes before whatever is said here.
  for (const name of ["options", "application_name"]) url.searchParams.delete(name);
  const { connect, answer, statement, lock, idle } = { ...LIMITS[purpose], ...limits };
  const settings = [
    ...OF_ALL,
    ...OF[purpose],
    `statement_timeout=${statement}`,
    `lock_timeout=${lock}`,
    `idle_in_transaction_session_timeout=${idle}`,
  ];
  return {
    connectionString: url.href,
    application_name: `mailroom ${purpose} ${node}`.slice(0, MAX_NAME),
    options: [...settings.map((setting) => `-c ${setting}`), ...(asked === null ? [] : [asked])].join(" "),
    connectionTimeoutMillis: connect,
    ...(answer === 0 ? {} : { query_timeout: answer }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
    pipeline: purpose === "writer" || purpose === "reader",
    types: { getTypeParser },
  };
}

/** Of an `application_name`, in bytes. */
const MAX_NAME = 63;

/** A connection that is there. Its loss is heard through `onLost`, and by whatever is asked of it from then on. */
export async function openClient(
  options: ConnectionOptions,
  onLost: (error: Error) => void = () => {},
): Promise<Client> {
  const client = new pg.Client(clientConfig(options));
  client.on("error", onLost);
  await client.connect();
  return client;
}

/**
 * Whether the server is there: one that has no connection left says so, and goes on with those it has.
 * @throws whatever connecting throws otherwise
 */
export async function probe(options: ConnectionOptions): Promise<void> {
  try {
    const client = await openClient(options);
    client.end().catch(() => {});
  } catch (thrown) {
    if (sqlState(thrown) !== TOO_MANY) throw thrown;
  }
}

/** "too_many_connections" */
const TOO_MANY = "53300";

export interface PoolOptions extends ConnectionOptions {
  readonly max: number;
  /** Of connections that nobody is using; those in use tell their users. */
  readonly onLost?: (error: Error) => void;
}

/** Connects when it is first asked. */
export function openPool({ max, onLost = () => {}, ...options }: PoolOptions): Pool {
  const pool = new pg.Pool({ ...clientConfig(options), max, idleTimeoutMillis: 60_000 });
  pool.on("error", onLost);
  // A connection in use that is lost between two statements tells nobody else.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

const [BOOL, INT8, JSON_TEXT, INT8_ARRAY, NUMERIC, JSON_BYTES] = [16, 20, 114, 1016, 1700, 3802];

/** As SQLite answers: integers and sums are numbers, truth is 0 or 1, JSON is text. */
function getTypeParser(oid: number, format?: "text" | "binary") {
  if (format === "binary") return pg.types.getTypeParser(oid, format);
  if (oid === INT8 || oid === NUMERIC) return Number;
  if (oid === BOOL) return (value: string) => value === "t" ? 1 : 0;
  if (oid === JSON_TEXT || oid === JSON_BYTES) return (value: string) => value;
  if (oid === INT8_ARRAY) return (value: string) => value === "{}" ? [] : value.slice(1, -1).split(",").map(Number);
  return pg.types.getTypeParser(oid, format);
}
