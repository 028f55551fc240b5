import { z } from "@hono/zod-openapi";
import { InvalidError } from "../runtime/mod.ts";
import { type Topics, topicsList } from "./event_topics.ts";
import { invalid, type Problem, problemOf, Refusal } from "./problem.ts";

const LONGEST_CHARS = 8_192;

/** What a reader may say on the socket of the notifications. */
const asked = z.discriminatedUnion("type", [
  /** Hear these, too; the first one narrows what hears everything. Without topics: hear everything. */
  z.strictObject({ type: z.literal("subscribe"), topics: topicsList.optional() }),
  /** Hear these no more; without topics: hear nothing. */
  z.strictObject({ type: z.literal("unsubscribe"), topics: topicsList.optional() }),
  z.strictObject({ type: z.literal("ping") }),
]);

export type Asked = z.output<typeof asked>;

/** @throws {Refusal} that says what is wrong with it */
export function readAsked(data: unknown): Asked {
  if (typeof data !== "string") throw new Refusal(415, "A message must be text");
  if (data.length > LONGEST_CHARS) throw new Refusal(413, `A message may have ${LONGEST_CHARS} characters`);
  const result = asked.safeParse(jsonIn(data));
  if (result.success) return result.data;
  throw invalid("The message is invalid", new InvalidError("The message is invalid", result.error).faults);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "A message must be JSON");
  }
}

const MOST_TOPICS = 50;

/** @throws {Refusal} when there are too many */
export function topicsAfter(topics: Topics, { type, topics: named }: Exclude<Asked, { type: "ping" }>): Topics {
  if (named === undefined) return type === "subscribe" ? null : new Set();
  if (type === "unsubscribe") {
    if (topics === null) throw new Refusal(409, "This hears everything: subscribe to what it is to hear instead");
    return topics.difference(new Set(named));
  }
  const more = (topics ?? new Set<string>()).union(new Set(named));
  if (more.size > MOST_TOPICS) throw new Refusal(422, `A socket may hear ${MOST_TOPICS} topics`);
  return more;
}

/** Everything but events, as it is sent. */
export type Said =
  /** First of all, and after each change of topics: what is heard of events behind `id`. */
  | { readonly type: "topics"; readonly id: number; readonly topics: Topics }
  /** Nothing happened that is heard here, up to `id`; and the answer to `ping`. */
  | { readonly type: "place" | "pong"; readonly id: number }
  | { readonly type: "problem"; readonly problem: Problem };

export function write(said: Said): string {
  switch (said.type) {
    case "topics":
      return JSON.stringify({ ...said, topics: said.topics === null ? null : [...said.topics] });
    case "problem":
      return JSON.stringify({ ...said.problem, type: "problem" });
    default:
      return JSON.stringify(said);
  }
}

export function problemSaid(thrown: unknown): Said {
  return { type: "problem", problem: problemOf(thrown) };
}
