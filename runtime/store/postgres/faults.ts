import { RuntimeError } from "../../core/errors.ts";

/** What the server says of itself, by its codes or the first two characters of them; the longer goes first. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  "08": "the connection was lost",
  "08P01": "it, or a pooler in between, does not take what this program says",
  "25006": "it only reads now, as a server does that follows another",
  "25P03": "a transaction waited too long for this program",
  "25P04": "a transaction took too long",
  "28": "it does not let this program in",
  "3D000": "there is no such database",
  "40003": "the connection was lost at the commit",
  "53": "it has no more room, memory or connections",
  "55P03": "something is locked too long",
  "57": "it ended what it was doing",
  "57014": "it took too long",
  "57P01": "it is being shut down",
  "57P02": "it has crashed",
  "57P03": "it is starting or stopping",
  "57P04": "the database was dropped",
  "58": "its own disk or system failed",
  "F0": "its configuration is being changed",
};
const CORRUPT: Readonly<Record<string, string>> = {
  "XX001": "its data are damaged",
  "XX002": "an index is damaged",
};
/** Somebody else was faster: nothing is wrong with what was asked, and it may be asked again. */
const SURPRISES = ["40001", "40P01"];
/** Refused for what the statement says: a value, a limit, a condition of a table. */
const REFUSED = ["22", "23", "44", "54", "P0"];

/** What an error means for the store: undefined when the fault lies in the statement or its values, or in what was under way. */
export function storageFault(thrown: unknown): RuntimeError | undefined {
  if (thrown instanceof RuntimeError) return isOfStorage(thrown) ? thrown : undefined;
  const state = sqlState(thrown);
  const damage = state === undefined ? undefined : meaning(CORRUPT, state);
  if (damage !== undefined) {
    return new RuntimeError("storage-corrupt", `The database cannot be trusted any more: ${damage}`, { cause: thrown });
  }
  const trouble = state === undefined ? troubleOfConnection(thrown) : meaning(UNAVAILABLE, state);
  if (trouble === undefined) return undefined;
  return new RuntimeError("storage-unavailable", `The database cannot be used now: ${trouble}`, {
    retryable: true,
    cause: thrown,
  });
}

/** Whether the connection is gone with it: whatever was under way has happened or has not. */
export function lostConnection(thrown: unknown): boolean {
  const state = sqlState(thrown);
  if (state === undefined) return troubleOfConnection(thrown) !== undefined;
  return state.startsWith("08") || state.startsWith("57P") || state === "25P03" || state === "25P04";
}

/** Whether another transaction was in the way, so that the same may succeed when it is tried anew. */
export function isSurprise(thrown: unknown): boolean {
  const state = sqlState(thrown);
  return state !== undefined && SURPRISES.includes(state);
}

/** An error inside one entry, as what that entry is refused with: never worth the same try again. */
export function entryFault(thrown: unknown, what: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const state = sqlState(thrown);
  const isRefused = state !== undefined && REFUSED.includes(state.slice(0, 2));
  return new RuntimeError(isRefused ? "constraint" : "internal", `The store refused ${what}: ${message}`, {
    cause: thrown,
  });
}

/** @see "PostgreSQL Error Codes", appendix A of its manual */
export function sqlState(thrown: unknown): string | undefined {
  const { code, severity } = (thrown ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === "string" && severity !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Of the system or of the client, which names its own errors by their text. */
function troubleOfConnection(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof AggregateError) return troubleOfConnection(thrown.errors[0]);
  const { code } = thrown as { readonly code?: unknown };
  if (typeof code === "string" && SYSTEM.test(code)) return `it cannot be reached (${code})`;
  if (/read timeout$/.test(thrown.message)) return "it does not answer";
  if (/client password must be/.test(thrown.message)) return "it asks for a password, and there is none";
  if (CLIENT.test(thrown.message)) return "the connection was lost or not made in time";
  return undefined;
}

const SYSTEM =
  /^(E(CONN|HOST|NET|ADDR|PIPE|TIMEDOUT|NOTFOUND|AI_|NOENT|ACCES|MFILE|NFILE|BADF|IO$)|ERR_(SSL|TLS|SOCKET)|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/;
const CLIENT = new RegExp(
  [
    "^Connection terminated",
    "connection error and is not queryable",
    "^Client (was closed|has already been|was passed)",
    "^timeout e(xpired|xceeded)",
    "^Cannot use a pool after",
    "^The server does not support SSL",
    "^There was an error establishing an SSL",
    "^Received unexpected",
    "SASL",
  ].join("|"),
);

function meaning(table: Readonly<Record<string, string>>, state: string): string | undefined {
  return table[state] ?? table[state.slice(0, 2)];
}

function isOfStorage({ code }: RuntimeError): boolean {
  return code === "storage-unavailable" || code === "storage-corrupt" || code === "fenced";
}
