import type { FaultProfile, ScanSimulator } from "./contract.ts";
import { JSON_TYPE, type PlannedAnswer } from "../../simulating/answers.ts";

/** What a simulator in a process of its own is asked by those who started it; no request here counts as a call. */
export const CONTROL_PATH = "/simulator";

/**
 * `GET /simulator`: the numbers. `GET /simulator/oracle?upTo=`: `{parcels, malformed}`. `GET /simulator/requests` and
 * `/early`. `POST /simulator/release?count=` and `POST /simulator/faults?serverError=10&...`; neither has a body.
 */
export function controlAnswer(
  simulator: ScanSimulator,
  { method, url: { pathname, searchParams } }: { readonly method: string; readonly url: URL },
): PlannedAnswer {
  const numbers = () => ({
    url: simulator.url,
    lastEventId: simulator.lastEventId,
    malformed: simulator.malformed,
    requests: simulator.requests.length,
    early: simulator.early.length,
  });
  const upTo = searchParams.has("upTo") ? Number(searchParams.get("upTo")) : undefined;
  switch (`${method} ${pathname.slice(CONTROL_PATH.length)}`) {
    case "GET ":
      return json(numbers());
    case "GET /oracle":
      return json({ parcels: simulator.oracle(upTo), malformed: simulator.malformedTexts(upTo) });
    case "GET /requests":
      return json(simulator.requests);
    case "GET /early":
      return json(simulator.early);
    case "POST /release":
      simulator.release(searchParams.has("count") ? Number(searchParams.get("count")) : undefined);
      return json(numbers());
    case "POST /faults":
      simulator.setFaults(faultsOf(searchParams));
      return json(numbers());
    default:
      return { ...json({ error: "not found" }), status: 404 };
  }
}

export function faultsOf(pairs: Iterable<readonly [string, string]>): FaultProfile {
  return Object.fromEntries(Array.from(pairs, ([name, perMille]) => [name, Number(perMille)]));
}

function json(value: unknown): PlannedAnswer {
  return { status: 200, headers: JSON_TYPE, body: [new TextEncoder().encode(JSON.stringify(value))] };
}
