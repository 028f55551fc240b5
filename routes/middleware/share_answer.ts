import type { Context } from "hono";
import type { AppEnv } from "../env.ts";
import { isJson } from "../media_types.ts";
import type { Answer, Asked, SharedAnswers } from "./shared_answers.ts";

export type RouteHandling = (c: Context<AppEnv>) => Response | Promise<Response>;

/** Makes the answer for all who ask the same meanwhile; those that are not to be kept are told to these alone. */
export async function shareAnswer(
  c: Context<AppEnv>,
  { answers, asked, handler, isKept }: {
    readonly answers: SharedAnswers;
    readonly asked: Asked;
    readonly handler: RouteHandling;
    readonly isKept: (response: Response) => boolean;
  },
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer | null>();
  promise.catch(() => {});
  const shared = answers.begin(asked, promise);
  try {
    const response = await handler(c);
    const answer = await answerIn(c, response);
    if (answer === null || !isKept(response)) answers.drop(shared);
    else answers.keep(shared, answer);
    resolve(answer);
    return answer === null ? response : new Response(answer.text, response);
  } catch (thrown) {
    answers.drop(shared);
    reject(thrown);
    throw thrown;
  }
}

/** What another request was answered, with a header that says so and those of this one. */
export function answerAgain(c: Context<AppEnv>, answer: Answer, mark: Readonly<Record<string, string>>): Response {
  const { text, status, headers } = answer;
  c.set("bearsCommonHeaders", true);
  return new Response(text, { status, headers: { ...headers, ...c.get("commonHeaders"), ...mark } });
}

/** Path and query, as they were written. */
export function addressIn({ req: { url } }: Context<AppEnv>): string {
  return url.slice(url.indexOf("/", url.indexOf("//") + 2));
}

/** Whoever asks wants what there is now. */
export function wantsItAnew(c: Context<AppEnv>): boolean {
  return /\bno-(cache|store)\b/i.test(c.req.header("cache-control") ?? "");
}

const BODILESS = [204, 205, 304];

/** The whole of a response; null for a stream, and for what is meant for one alone: those are left as they are. */
async function answerIn(c: Context<AppEnv>, response: Response): Promise<Answer | null> {
  const { status, headers } = response;
  const isBodiless = BODILESS.includes(status);
  if (headers.has("set-cookie") || !isBodiless && !isJson(headers.get("content-type") ?? "")) return null;
  const common = new Set(Object.keys(c.get("commonHeaders") ?? {}).map((name) => name.toLowerCase()));
  const own = [...headers].filter(([name]) => !common.has(name));
  return { status, text: isBodiless ? null : await response.text(), headers: Object.fromEntries(own) };
}
