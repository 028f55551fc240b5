import type { Context } from "hono";
import type { Clock, System } from "../../runtime/mod.ts";
import type { DeclaredRoute } from "../access/create_route.ts";
import { hasTag } from "../conditional.ts";
import type { AppEnv } from "../env.ts";
import { addressIn, answerAgain, type RouteHandling, shareAnswer, wantsItAnew } from "./share_answer.ts";
import { SharedAnswers } from "./shared_answers.ts";

/*
 * Answers of reads, kept in memory until what they were made of changes. A route says so beside its schema, and of which rows
 * it reads; its handler may find a second layer in those rows, and then says so with `X-Cache: hit` itself.
 *
 * - One of those who miss at once makes the answer, and the others are given it: `X-Cache: hit`.
 * - A commit of this node that writes such rows of the tenant forgets its answers before it is acknowledged, and what is being
 *   made then is given to those who wait and not kept. A commit of another node does so when its hint comes, at the latest
 *   after 5 s: until then an old answer may be given, with its old tag, upon which nothing can be changed (`If-Match`).
 * - Who asks with `Cache-Control: no-cache` is given what there is.
 * - A refusal is not kept.
 */

/** The same handler, with its answers kept as its route declares. */
export type Caching = (route: Pick<DeclaredRoute, "cache">, handler: RouteHandling) => RouteHandling;

/** Of the answers of one set of tables. */
const BOUNDS = { maxAnswers: 10_000, maxBytes: 16 * 1024 * 1024, maxAnswerBytes: 64 * 1024 };

const HIT = { "x-cache": "hit" };
const isKept = ({ status }: Response) => status === 200;

export function createCaching(
  { system, clock, bounds = BOUNDS }: {
    system: Pick<System, "watchRows" | "tenants">;
    clock: Clock;
    bounds?: typeof BOUNDS;
  },
): Caching {
  const byTables = new Map<string, SharedAnswers>();
  const answersOf = (tables: string): SharedAnswers => {
    let answers = byTables.get(tables);
    if (answers !== undefined) return answers;
    byTables.set(tables, answers = new SharedAnswers({ ...bounds, clock }));
    system.watchRows(tables, (tenant) => answers.committed(tenant));
    // Its rows go without anybody being told of each.
    system.tenants.watch((tenant) => answers.committed(tenant));
    return answers;
  };
  return ({ cache }, handler) => {
    if (cache === undefined) return handler;
    const { tables, maxAgeMs } = cache;
    const answers = answersOf(tables);
    return async (c) => {
      const tenant = c.get("tenant");
      const asked = { tenant, key: `${tenant}\n${addressIn(c)}`, target: null, windowMs: maxAgeMs };
      if (wantsItAnew(c)) return unlessKnown(c, await handler(c));
      const kept = answers.find(asked.key);
      if (kept === undefined) return unlessKnown(c, await shareAnswer(c, { answers, asked, handler, isKept }));
      const answer = await kept.answer;
      return unlessKnown(c, answer === null ? await handler(c) : answerAgain(c, answer, HIT));
    };
  };
}

/** 304 in place of what the asker has already. */
function unlessKnown(c: Context<AppEnv>, response: Response): Response {
  const tag = response.headers.get("etag");
  if (tag === null || !hasTag(c, tag)) return response;
  const headers = new Headers(response.headers);
  headers.delete("content-type");
  headers.delete("content-length");
  return new Response(null, { status: 304, headers });
}
