import { LETTER_STATUS, type LetterAnswer, parseLetter } from "../../actor/letter.ts";
import { parseMailUrl, parseSender } from "../../actor/mail_url.ts";
import type { FetchCall, Fetched } from "../../actor/outcome.ts";
import type { Clock } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Broker } from "../egress.ts";
import { knownUpstream, type ResolvedUpstream } from "../resolved.ts";
import { waitSaidIn } from "../retry_after.ts";
import { timeoutOf, within } from "../within.ts";
import { addressLetter } from "./address_letter.ts";
import type { AddressedLetter, Carried, Carrier } from "./carrier.ts";

/*
 * To a handler a mail server is an upstream like others: it posts a letter (see actor/letter.ts) and is answered
 *
 *   200  somebody else answers for it now
 *   409  not now: ask again later; `retry-after` where the server said when
 *   422  never
 *
 * with what the server replied. Neither of the last two counts against the server; that it cannot be reached, lets nobody in
 * or says 421 does, and is no answer. The breaker, the deadlines and the bounds before it are those of all upstreams.
 */

const STATUS: Readonly<Record<Carried["end"], number>> = {
  taken: LETTER_STATUS.taken,
  "not-now": LETTER_STATUS.notNow,
  refused: LETTER_STATUS.refused,
};

/** Hands letters in, in the isolate it lives in. */
export function createMailBroker(
  { upstreams, clock }: { upstreams: readonly ResolvedUpstream[]; clock: Clock },
): Broker {
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  const carriers = new Map<string, Promise<Carrier>>();
  const carrierOf = (upstream: ResolvedUpstream): Promise<Carrier> => {
    const carrier = carriers.get(upstream.name) ?? createCarrier(upstream);
    carriers.set(upstream.name, carrier);
    return carrier;
  };
  return {
    async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
      const upstream = knownUpstream(byName, call.upstream);
      const letter = addressed(call, upstream);
      const carrier = await carrierOf(upstream);
      const { name, timeoutMs } = upstream;
      const carried = await within(
        timeoutOf(call, timeoutMs),
        { name, clock, signals: [signal] },
        (signal) => carrier.carry(letter, signal),
      );
      return fetchedOf(letter, carried);
    },
    async stop() {
      for (const carrier of carriers.values()) (await carrier).stop();
    },
  };
}

function addressed({ method, body }: FetchCall, { name, mail }: ResolvedUpstream): AddressedLetter {
  const letter = parseLetter(body ?? "");
  if (method !== "POST" || letter === null) {
    throw new RuntimeError("invalid-message", `${name} is a mail server: what is posted to it must be a letter`);
  }
  const from = parseSender(mail!.from);
  if (from === null) throw new RuntimeError("invalid-config", `${name} has no sender that a letter can bear`);
  return addressLetter(letter, { from, unsubscribeUrl: URL.parse(mail!.unsubscribeUrl) });
}

/** Loads only what the place needs. */
async function createCarrier({ name, baseUrl, mail }: ResolvedUpstream): Promise<Carrier> {
  const place = parseMailUrl(baseUrl!)!;
  if (place.to === "smtp") {
    const { createSmtpCarrier } = await import("./smtp_carrier.ts");
    return await createSmtpCarrier({ name, place, clientName: parseSender(mail!.from)!.address.split("@").at(-1)! });
  }
  if (place.to === "maildir") {
    const { createMaildirCarrier } = await import("./maildir_carrier.ts");
    return await createMaildirCarrier({ name, path: place.path });
  }
  return { carry: () => Promise.resolve({ end: "taken", reply: "" }), stop: () => {} };
}

function fetchedOf({ messageId }: AddressedLetter, { end, reply }: Carried): Fetched {
  const waitMs = end === "not-now" ? waitSaidIn(reply) : null;
  const answer: LetterAnswer = { messageId, reply };
  return {
    status: STATUS[end],
    headers: {
      "content-type": "application/json",
      ...(waitMs === null ? {} : { "retry-after": String(Math.ceil(waitMs / 1_000)) }),
    },
    text: JSON.stringify(answer),
  };
}
