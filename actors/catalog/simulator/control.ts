import { JSON_TYPE, type PlannedAnswer } from "../../simulating/answers.ts";
import type { CatalogFaults, CatalogSimulator } from "./contract.ts";

/** What a simulator in a process of its own is asked by those who started it; no request here counts as a call. */
export const CONTROL_PATH = "/simulator";

/**
 * `GET /simulator`: its calls; `GET /simulator/listing`: what it lists, as pairs. `POST /simulator/change?count=`,
 * `/change-products?count=` and `/faults?serverError=10&...`; none of them has a body.
 */
export function controlAnswer(
  simulator: CatalogSimulator,
  { method, url: { pathname, searchParams } }: { readonly method: string; readonly url: URL },
): PlannedAnswer {
  const done = () => json({ env: simulator.env, calls: simulator.calls, answerBytes: simulator.answerBytes });
  switch (`${method} ${pathname.slice(CONTROL_PATH.length)}`) {
    case "GET ":
      return done();
    case "GET /listing":
      return json([...simulator.listing()]);
    case "POST /change":
      simulator.change(Number(searchParams.get("count") ?? 1));
      return done();
    case "POST /change-products":
      simulator.changeProducts(Number(searchParams.get("count") ?? 1));
      return done();
    case "POST /faults":
      simulator.setFaults(faultsOf(searchParams));
      return done();
    default:
      return { ...json({ error: "not found" }), status: 404 };
  }
}

export function faultsOf(pairs: Iterable<readonly [string, string]>): CatalogFaults {
  return Object.fromEntries(Array.from(pairs, ([name, perMille]) => [name, Number(perMille)]));
}

function json(value: unknown): PlannedAnswer {
  return { status: 200, headers: JSON_TYPE, body: [new TextEncoder().encode(JSON.stringify(value))] };
}
