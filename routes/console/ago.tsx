import type { JSX } from "hono/jsx/jsx-runtime";
import { dayAndTime, fromNow } from "./wording.ts";

interface AgoProps {
  /** Null: it has not been. */
  readonly at: string | null;
  readonly now: number;
}

/** How long ago, or in how long; the instant itself is its title. */
export function Ago({ at, now }: AgoProps): JSX.Element {
  if (at === null) return <span class="none">–</span>;
  return <time datetime={at} title={dayAndTime(at)}>{fromNow(Date.parse(at), now)}</time>;
}
