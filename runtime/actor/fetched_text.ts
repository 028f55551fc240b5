import type { Fetched } from "./outcome.ts";

/**
 * An answer as one text on its way to the turn: JSON of its head, which has no line break, a line break, and the body as it
 * came. Inside JSON a page of JSON would be escaped and read anew by each who hands it on.
 */
export function fetchedText({ text, ...head }: Fetched): string {
  return `${JSON.stringify(head)}\n${text}`;
}

export function readFetched(written: string): Fetched {
  const end = written.indexOf("\n");
  return { ...JSON.parse(written.slice(0, end)), text: written.slice(end + 1) };
}
