import type { Random } from "../../runtime/core/random.ts";

/** One answer as it goes over the wire. */
export interface PlannedAnswer {
  readonly status: number;
  /** Beside the length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
  /** `cut`: the body ends too early though the length says otherwise; `reset`: the same, with a reset. Whole by default. */
  readonly ending?: "cut" | "reset";
  /** No call before, as the answer says; ms since the epoch. */
  readonly waitUntil?: number;
}

const SECOND_MS = 1_000;
const WORDS = [
  (seconds: number) => `Too many requests: please wait for ${seconds} seconds.`,
  (seconds: number) =>
    `{"error":{"code":"rate-limited","message":"Wait for ${seconds} second(s) before the next call"}}`,
];
const HTML = "<!doctype html><html><title>Maintenance</title><p>We will be back soon.</html>";
export const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const TEXT_TYPE = { "content-type": "text/plain; charset=utf-8" };

const encode = (text: string) => [new TextEncoder().encode(text)];

/** Instead of a page. */
export function refusal(
  fault: "serverError" | "limited" | "html",
  random: Random,
  wait: { readonly now: number; readonly seconds: number },
): PlannedAnswer {
  switch (fault) {
    case "serverError":
      return { status: 500, headers: TEXT_TYPE, body: encode("Something went wrong") };
    case "html":
      return { status: 200, headers: { "content-type": "text/html" }, body: encode(HTML) };
    case "limited":
      return limited(wait, Math.floor(random.next() * (3 + WORDS.length)));
  }
}

function limited({ now, seconds }: { now: number; seconds: number }, way: number): PlannedAnswer {
  const byNumber = { status: 429, waitUntil: now + seconds * SECOND_MS };
  if (way === 0) {
    return {
      ...byNumber,
      headers: { ...TEXT_TYPE, "retry-after": String(seconds) },
      body: encode("Too many requests"),
    };
  }
  if (way <= 2) {
    const waitUntil = Math.ceil((now + seconds * SECOND_MS) / SECOND_MS) * SECOND_MS;
    const date: Record<string, string> = way === 1 ? {} : { date: new Date(now).toUTCString() };
    const headers = { ...TEXT_TYPE, ...date, "retry-after": new Date(waitUntil).toUTCString() };
    return { status: 429, waitUntil, headers, body: encode("Too many requests") };
  }
  return { ...byNumber, headers: TEXT_TYPE, body: encode(WORDS[way - 3]!(seconds)) };
}

/** A page that does not come as it should: its end is missing. */
export function spoiled(
  fault: "reset" | "truncated",
  page: readonly Uint8Array[],
  random: Random,
): PlannedAnswer {
  const whole = joined(page);
  const ok = { status: 200, headers: JSON_TYPE };
  if (fault === "reset") return { ...ok, body: [whole], ending: "reset" };
  if (random.next() < 0.5) return { ...ok, body: [whole], ending: "cut" };
  return { ...ok, body: [whole.subarray(0, 1 + Math.floor(random.next() * (whole.length - 1)))] };
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
