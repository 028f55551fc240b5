import type { JSX } from "hono/jsx/jsx-runtime";

/** What a page of the console shows; the frame around it is the same for all. */
export interface View {
  readonly title: string;
  /** A sentence below the title. */
  readonly about?: string;
  /** Beside the title. */
  readonly acts?: JSX.Element | null;
  readonly body: JSX.Element;
  /** The page is asked for again when an event comes whose type begins with one of these words. */
  readonly topics?: readonly string[];
  /** Only events of this subject. */
  readonly subject?: string;
  /** And after so long in any case; 15,000 by default. */
  readonly everyMs?: number;
}
