import type { z } from "zod";
import { RuntimeError } from "../core/errors.ts";
import type { Context, FetchAnswer, FetchInit } from "./context.ts";
import { checkMayFetch, toFetchCall } from "./fetch_call.ts";
import { readFetched } from "./fetched_text.ts";
import type { AnyKind } from "./kind.ts";
import { dropLetter } from "./letter.ts";
import type { FetchCall, Fetched } from "./outcome.ts";
import { parseWith } from "./schema.ts";
import type { Wanted } from "./turn_ports.ts";
import type { Upstream } from "./upstream.ts";

/** A turn's calls to the outside. What they may reach is checked here for a clear error, and again where they are made. */
export function createTurnFetch(
  kind: AnyKind,
  request: (wanted: Wanted) => Promise<string>,
  drops: readonly string[] = [],
): Pick<Context, "fetch" | "fetchUrl"> {
  const make = async (call: FetchCall, what: string): Promise<FetchAnswer> => {
    checkMayFetch(kind, call);
    if (drops.includes(call.upstream ?? "")) return toAnswer(dropLetter(call), what);
    return toAnswer(readFetched(await request({ want: "fetch", call })), what);
  };
  const fetchJson = async <T>(upstream: Upstream, path: string, schema: z.ZodType<T>, init?: FetchInit): Promise<T> => {
    const answer = await make(toFetchCall(upstream.name, path, { ...init, expects: "json" }), upstream.name);
    if (answer.ok) return answer.json(schema);
    throw new RuntimeError("upstream-failed", `${upstream.name} answered ${answer.status}`, {
      retryable: answer.status >= 500 || [408, 425, 429].includes(answer.status),
    });
  };
  return {
    fetch: async (upstream: Upstream, path: string, given?: FetchInit | z.ZodType, init?: FetchInit) =>
      isSchema(given)
        ? await fetchJson(upstream, path, given, init) as never
        : await make(toFetchCall(upstream.name, path, given), upstream.name),
    fetchUrl: async (url, init) => await make(toFetchCall(null, url, init), "the address"),
  };
}

function isSchema(given: FetchInit | z.ZodType | undefined): given is z.ZodType {
  return given !== undefined && "_zod" in given;
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
