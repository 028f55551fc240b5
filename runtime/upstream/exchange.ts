import type { Fetched } from "../actor/outcome.ts";
import { RuntimeError } from "../core/errors.ts";
import type { AnswerRoom } from "./answer_room.ts";
import { failure } from "./failure.ts";
import { type OutsideRequest, redirected } from "./redirected.ts";

/** The head of an answer, and its body, decoded, on its way. */
export interface OutsideAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: AsyncIterable<Uint8Array>;
  /** The body is not wanted. */
  discard(): void;
}

/** How the requests of one call leave, and where they may go. */
export interface Route {
  /** The other side, in words that may stand in a log. */
  readonly name: string;
  /** Largest answer, decoded. */
  readonly answerBytes: number;
  /** Of all calls of its broker. */
  readonly room: AnswerRoom;
  /** One request, no redirect followed. */
  send(request: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer>;
  /** @throws {RuntimeError} when a redirect may not lead there */
  checkRedirect(url: URL): void;
}

export const MOST_REDIRECTS = 5;
const HEADER_CHARS = 32 * 1024;

/**
 * A request and its whole answer, redirects followed unless it says otherwise.
 * @throws {RuntimeError} `address-refused`, `upstream-failed`, `overloaded`; the signal's reason when it aborts
 */
export async function exchange(
  route: Route,
  { first, follow, signal }: { first: OutsideRequest; follow: boolean; signal: AbortSignal },
): Promise<Fetched> {
  let request = first;
  try {
    for (let redirects = 0;; redirects++) {
      const answer = await route.send(request, signal);
      const headers = boundHeaders(answer.headers);
      const next = follow ? redirected(request, answer.status, headers["location"]) : null;
      if (next === null) return { status: answer.status, headers, text: await readText(answer, route) };
      answer.discard();
      if (redirects === MOST_REDIRECTS) throw failed(`${route.name} redirects more than ${MOST_REDIRECTS} times`);
      route.checkRedirect(next.url);
      request = next;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure(thrown, route.name);
  }
}

async function readText({ body, discard }: OutsideAnswer, { name, answerBytes, room }: Route): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of body) {
      if (bytes + chunk.length > answerBytes) {
        throw failed(`The answer of ${name} is larger than ${answerBytes} bytes`);
      }
      room.take(chunk.length);
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (thrown) {
    discard();
    throw thrown;
  } finally {
    room.give(bytes);
  }
}

/** What comes first is kept. A body that was encoded is not any more. */
function boundHeaders(headers: OutsideAnswer["headers"]): Record<string, string> {
  const kept = new Map<string, string>();
  let chars = 0;
  for (const [name, value] of headers) {
    chars += name.length + value.length;
    if (chars > HEADER_CHARS) break;
    const before = kept.get(name);
    if (!ABOUT_THE_CODING.includes(name)) kept.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(kept);
}

const ABOUT_THE_CODING = ["content-encoding", "content-length", "transfer-encoding"];

export function redirectsAway(name: string): RuntimeError {
  return failed(`${name} redirects to where its base URL does not reach`);
}

function failed(message: string): RuntimeError {
  return new RuntimeError("upstream-failed", message, { retryable: true });
}
