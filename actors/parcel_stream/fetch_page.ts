import { type Context, RuntimeError } from "../authoring.ts";
import type { StreamRow } from "./rows.ts";
import { scanPage } from "./scan_event.ts";
import { parcelSource, scanApi } from "./upstreams.ts";

/** A page as it came, or why it could not be had. */
export type FetchedPage =
  | { readonly events: readonly unknown[] }
  | { readonly failure: { readonly reason: string; readonly retryAfterMs: number } };

/** Asks for what follows from `fromEventId` on, this one included. Never rejects, so that nobody need wait for it. */
export async function fetchPage(ctx: Context, stream: StreamRow, fromEventId: number): Promise<FetchedPage> {
  const path = `?FromEventId=${fromEventId}&Limit=${stream.pageLimit}`;
  const headers = JSON.parse(stream.headers) as Record<string, string>;
  try {
    const page = stream.baseUrl === null
      ? await ctx.fetch(scanApi, path, scanPage, { headers })
      : await ctx.fetch(parcelSource, path, scanPage, { headers, baseUrl: stream.baseUrl });
    return { events: page.ScanEvents };
  } catch (thrown) {
    const { code, message, retryAfterMs } = thrown instanceof RuntimeError
      ? thrown
      : new RuntimeError("internal", String(thrown));
    return { failure: { reason: WORDS[code]?.(message) ?? message, retryAfterMs: retryAfterMs ?? 0 } };
  }
}

const WORDS: Readonly<Partial<Record<RuntimeError["code"], (message: string) => string>>> = {
  "upstream-limited": (message) => `The source wants fewer requests: ${message}`,
  "upstream-unavailable": (message) => `The source has failed too often to be asked at once: ${message}`,
};
