import type { FeedReader, FeedStep } from "../../runtime/events/feed.ts";

/** What the reader finds after its cursor, as a promise. */
export function nextStep(reader: FeedReader): Promise<FeedStep | null> {
  return new Promise((resolve) => reader.next(resolve));
}
