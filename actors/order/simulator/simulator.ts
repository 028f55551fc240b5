import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../../runtime/core/clock.ts";
import { seededRandom } from "../../../runtime/core/random.ts";
import { drawFault } from "../../simulating/faults.ts";
import { openHttpServer } from "../../simulating/http_server.ts";
import type { CardFaults, CardOptions, CardSimulator } from "./contract.ts";
import { answerText, Fulfilments } from "./fulfilment.ts";

const NAMES: readonly (keyof CardFaults)[] = [
  "serverError",
  "refused",
  "limited",
  "lost",
  "truncated",
  "html",
  "hang",
];
const HTML = "<!doctype html><title>Maintenance</title><p>We will be back soon.";
const JSON_TYPE = { "content-type": "application/json" };

/** Opens it on 127.0.0.1. */
export async function openCardSimulator(
  options: CardOptions = {},
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<CardSimulator> {
  const { seed = 1, port = 0, retryAfterSeconds = 1, hangMs } = options;
  const random = seededRandom(seed);
  const fulfilments = new Fulfilments();
  let faults = options.faults ?? {};
  let [calls, hangs, early, askedUntil] = [0, 0, 0, 0];

  const hang = (request: IncomingMessage): void => {
    if (hangMs === undefined) return;
    const cancel = clock.after(hangMs, () => request.socket.destroy());
    request.socket.once("close", cancel);
  };
  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    if (request.method === "GET" && request.url === "/ledger") {
      const told = { calls, misuses: fulfilments.misuses, orders: Object.fromEntries(fulfilments.ledger) };
      return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(told));
    }
    calls++;
    if (clock.monotonic() < askedUntil) early++;
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || request.url !== "/orders" || typeof key !== "string") {
      return void response.writeHead(404).end();
    }
    const fault = drawFault(faults, random, NAMES);
    switch (fault) {
      case "serverError":
        return void response.writeHead(500).end("Something went wrong");
      case "refused":
        return void response.writeHead(422).end("No such product");
      case "html":
        return void response.writeHead(200, { "content-type": "text/html" }).end(HTML);
      case "limited": {
        const until = clock.monotonic() + retryAfterSeconds * 1_000;
        response.writeHead(429, { "retry-after": String(retryAfterSeconds) });
        return void response.end("Too many requests", () => askedUntil = until);
      }
      case "hang":
        if (hangs++ % 2 === 0) fulfilments.fulfil(key, body);
        return hang(request);
      default:
    }
    const fulfilled = fulfilments.fulfil(key, body);
    if (fulfilled === null) return void response.writeHead(422).end("No such product");
    if (fault === "lost") return void request.socket.destroy();
    const text = answerText(fulfilled);
    response.writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(text) });
    if (fault !== "truncated") return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
  };

  const server = await openHttpServer(answer, port);
  return {
    url: server.url,
    ledger: fulfilments.ledger,
    get calls() {
      return calls;
    },
    get misuses() {
      return fulfilments.misuses;
    },
    get early() {
      return early;
    },
    setFaults: (profile) => void (faults = profile),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
