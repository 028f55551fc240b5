import { JSON_TYPE, type PlannedAnswer } from "../../simulating/answers.ts";
import type { LedgerFaults, LedgerSimulator } from "./contract.ts";

/** What a simulator in a process of its own is asked by those who started it; no request here counts as a call. */
export const CONTROL_PATH = "/simulator";

/**
 * `GET /simulator/oracle?tenant=`: `{entries, totals, lastPosition}`. `POST /simulator/release?count=`,
 * `/faults?serverError=10&...`, `/misstate?tenant=&position=&amount=` (without an amount: left out) and `/mend`; none of them
 * has a body.
 */
export function controlAnswer(
  simulator: LedgerSimulator,
  { method, url: { pathname, searchParams } }: { readonly method: string; readonly url: URL },
): PlannedAnswer {
  const tenant = searchParams.get("tenant") ?? "demo";
  const count = (name: string) => searchParams.has(name) ? Number(searchParams.get(name)) : undefined;
  const done = () => json({ url: simulator.url, requests: simulator.requests.length, early: simulator.early.length });
  switch (`${method} ${pathname.slice(CONTROL_PATH.length)}`) {
    case "GET ":
      return done();
    case "GET /oracle":
      return json({
        entries: simulator.oracle(tenant),
        totals: simulator.totals(tenant),
        lastPosition: simulator.lastPosition(tenant),
      });
    case "POST /release":
      simulator.release(count("count"));
      return done();
    case "POST /faults":
      simulator.setFaults(faultsOf(searchParams));
      return done();
    case "POST /misstate":
      simulator.misstate(tenant, count("position") ?? 0, count("amount") ?? null);
      return done();
    case "POST /mend":
      simulator.mend();
      return done();
    default:
      return { ...json({ error: "not found" }), status: 404 };
  }
}

export function faultsOf(pairs: Iterable<readonly [string, string]>): LedgerFaults {
  return Object.fromEntries(Array.from(pairs, ([name, perMille]) => [name, Number(perMille)]));
}

function json(value: unknown): PlannedAnswer {
  return { status: 200, headers: JSON_TYPE, body: [new TextEncoder().encode(JSON.stringify(value))] };
}
