import { RuntimeError } from "../core/errors.ts";
import type { Context, FetchAnswer } from "./context.ts";
import { checkMayFetch, toFetchCall } from "./fetch_call.ts";
import type { AnyKind } from "./kind.ts";
import type { FetchCall, Fetched } from "./outcome.ts";
import { parseWith } from "./schema.ts";
import type { Wanted } from "./turn_ports.ts";

/** A turn's calls to the outside. What they may reach is checked here for a clear error, and again where they are made. */
export function createTurnFetch(
  kind: AnyKind,
  request: (wanted: Wanted) => Promise<string>,
): Pick<Context, "fetch" | "fetchUrl"> {
  const make = async (call: FetchCall, what: string): Promise<FetchAnswer> => {
    checkMayFetch(kind, call);
    return toAnswer(JSON.parse(await request({ want: "fetch", call })), what);
  };
  return {
    fetch: async (upstream, path, init) => await make(toFetchCall(upstream.name, path, init), upstream.name),
    fetchUrl: async (url, init) => await make(toFetchCall(null, url, init), "the address"),
  };
}

function toAnswer({ status, headers, text }: Fetched, what: string): FetchAnswer {
  return {
    status,
    ok: status >= 200 && status <= 299,
    headers,
    text,
    json(schema) {
      try {
        const value = JSON.parse(text);
        return schema === undefined ? value : parseWith(schema, value, `It (status ${status})`);
      } catch (cause) {
        const why = cause instanceof RuntimeError ? cause.message : `It (status ${status}) is no JSON`;
        throw new RuntimeError("upstream-failed", `The answer of ${what} cannot be used: ${why}`, {
          retryable: true,
          cause,
        });
      }
    },
  };
}
