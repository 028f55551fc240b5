import { z } from "@hono/zod-openapi";
import type { StoredEvent } from "../runtime/mod.ts";

const TOPIC = "[a-z][a-z0-9-]*";
const TOPICS = new RegExp(`^${TOPIC}(,${TOPIC}){0,49}$`);

/** The query parameter that streams of events share. */
export const topicsQuery: z.ZodType<string | undefined, string | undefined> = z.string()
  .regex(TOPICS, "must be words with commas between them").optional().openapi({
    description: "Only events whose type begins with one of these words",
    example: "job,parcel",
  });

export const topicsList: z.ZodType<string[], string[]> = z.array(
  z.string().max(100).regex(new RegExp(`^${TOPIC}$`), "must be the first word of a type of events"),
).min(1).max(50);

/** Null: everything. */
export type Topics = ReadonlySet<string> | null;

export function topicsIn(query: string | undefined): Topics {
  return query === undefined ? null : new Set(query.split(","));
}

export function isOfTopics({ type }: StoredEvent, topics: Topics): boolean {
  return topics === null || topics.has(type.split(".", 1)[0]!);
}

/** The same for the same topics, in whatever order they were given. */
export function topicsKey(topics: Topics): string {
  return topics === null ? "" : [...topics].sort().join();
}
