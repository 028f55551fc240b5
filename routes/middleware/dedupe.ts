import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { Clock, System } from "../../runtime/mod.ts";
import type { DeclaredRoute } from "../access/create_route.ts";
import type { AppEnv } from "../env.ts";
import { addressIn, answerAgain, type RouteHandling, shareAnswer, wantsItAnew } from "./share_answer.ts";
import { type Asked, type Shared, SharedAnswers } from "./shared_answers.ts";

/*
 * Identical requests at once are one execution, and for a while its answer is given again. A route says so beside its schema.
 *
 * Identical: of the same tenant, role, method, path, query, `Accept` and body; where something is changed, of the same
 * subject as well, whom the change names. Answered by itself is what asks for more or less than the answer's bytes (a HEAD,
 * conditions, a range), what has an `Idempotency-Key`, and what insists with `Cache-Control: no-cache`.
 *
 * The first of them, the leader, runs; the others follow it, and their answers bear `X-Deduplicated: true`. Any commit of the
 * tenant ends the window before it is acknowledged, so whoever has changed something reads it. A leader that fails fails for
 * all who wait, since what failed it would fail them; nothing of it is kept. Nobody who goes away takes anything from the
 * others.
 */

/** The same handler, shared as its route declares. */
export type Deduplicate = (route: Pick<DeclaredRoute, "method" | "dedupe">, handler: RouteHandling) => RouteHandling;

const BOUNDS = { maxAnswers: 1_000, maxBytes: 8 * 1024 * 1024, maxAnswerBytes: 256 * 1024 };

export function createDedupe(
  { system, clock, bounds = BOUNDS }: {
    system: Pick<System, "watchCommits">;
    clock: Clock;
    bounds?: typeof BOUNDS;
  },
): Deduplicate {
  const answers = new SharedAnswers({ ...bounds, clock });
  system.watchCommits((tenant) => answers.committed(tenant));
  return ({ method, dedupe }, handler) => {
    if (dedupe === undefined) return handler;
    const { windowMs } = dedupe;
    return (c) => {
      if (isAlone(c)) return handler(c);
      const asked = { ...askedBy(c, method === "get"), windowMs };
      const shared = answers.find(asked.key);
      return shared === undefined
        ? shareAnswer(c, { answers, asked, handler, isKept })
        : follow(c, { shared, handler });
    };
  };
}

const isKept = ({ ok }: Response) => ok;

const ALONE = [
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
];

function isAlone(c: Context<AppEnv>): boolean {
  const { req } = c;
  const { headers } = req.raw;
  return req.method === "HEAD" || ALONE.some((name) => headers.has(name)) || wantsItAnew(c);
}

function askedBy(c: Context<AppEnv>, reads: boolean): Omit<Asked, "windowMs"> {
  const { tenant, role, subject } = c.get("principal");
  const key = `${tenant}\n${role}\n${c.req.method} ${addressIn(c)}\n${c.req.header("accept") ?? ""}`;
  if (reads) return { tenant, key, target: null };
  const body = createHash("sha256").update(c.get("body")?.text ?? "").digest("base64");
  return { tenant, key: `${key}\n${subject}\n${body}`, target: c.req.path };
}

async function follow(
  c: Context<AppEnv>,
  { shared, handler }: { readonly shared: Shared; readonly handler: RouteHandling },
): Promise<Response> {
  const answer = await shared.answer;
  return answer === null ? handler(c) : answerAgain(c, answer, { "X-Deduplicated": "true" });
}
