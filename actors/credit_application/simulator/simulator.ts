import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { seededRandom } from "../../../runtime/core/random.ts";
import { drawFault } from "../../simulating/faults.ts";
import { openHttpServer } from "../../simulating/http_server.ts";
import type { BureauDecision, BureauFaults, BureauOptions, BureauSimulator, DecidedApplication } from "./contract.ts";

const NAMES: readonly (keyof BureauFaults)[] = [
  "serverError",
  "refused",
  "limited",
  "lost",
  "truncated",
  "html",
  "hang",
];
const HTML = "<!doctype html><title>Maintenance</title><p>We will be back soon.";

/** Opens it on 127.0.0.1. */
export async function openCreditBureau(options: BureauOptions = {}): Promise<BureauSimulator> {
  const { seed = 1, port = 0, retryAfterSeconds = 1 } = options;
  const random = seededRandom(seed);
  const ledger = new Map<string, DecidedApplication & { readonly print: string }>();
  let faults = options.faults ?? {};
  let [calls, misuses] = [0, 0];

  /** Null: the key stood for another application. */
  const decide = (key: string, body: string): DecidedApplication | null => {
    const print = createHash("sha256").update(body).digest("hex");
    const known = ledger.get(key);
    if (known !== undefined && known.print !== print) return null;
    const { reference } = JSON.parse(body) as { reference: string };
    const decided = { reference, print, decision: bureauDecision(reference), calls: (known?.calls ?? 0) + 1 };
    ledger.set(key, decided);
    return decided;
  };
  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    calls++;
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || request.url !== "/applications" || typeof key !== "string") {
      return void response.writeHead(400).end();
    }
    const fault = drawFault(faults, random, NAMES);
    if (fault === "hang") return;
    if (fault === "serverError") return void response.writeHead(500).end("Something went wrong");
    if (fault === "refused") return void response.writeHead(422).end("No such applicant");
    if (fault === "html") return void response.writeHead(200, { "content-type": "text/html" }).end(HTML);
    if (fault === "limited") {
      return void response.writeHead(429, { "retry-after": String(retryAfterSeconds) }).end("Too many requests");
    }
    const decided = decide(key, body);
    if (decided === null) {
      misuses++;
      return void response.writeHead(409).end();
    }
    if (fault === "lost") return void request.socket.destroy();
    const { reference, decision } = decided;
    const text = JSON.stringify({ decision, reference: `bureau-${key.slice(0, 12)}`, applicant: reference });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    if (fault !== "truncated") return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
  };

  const server = await openHttpServer(answer, port);
  return {
    url: server.url,
    ledger,
    get calls() {
      return calls;
    },
    get misuses() {
      return misuses;
    },
    setFaults: (profile) => void (faults = profile),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** What a bureau decides of a reference: of twenty about twelve are approved, five declined, three referred. */
export function bureauDecision(reference: string): BureauDecision {
  const roll = createHash("sha256").update(reference).digest()[0]! % 20;
  return roll < 12 ? "approved" : roll < 17 ? "declined" : "referred";
}
