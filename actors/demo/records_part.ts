import type { Clock } from "../../runtime/core/clock.ts";
import { type Again, again } from "./again.ts";
import { type DemoApi, json } from "./demo_api.ts";
import type { DemoPart } from "./part.ts";
import { personOf } from "./people.ts";

const PAUSE_MS = 500;
/** Of those who have come, so many stay: the last ones. */
const STAY = 5;

/** Customers of the tenants who come, are looked up, marry and go. */
export function openRecords(
  clock: Clock,
  { tenants, onError }: { readonly tenants: readonly string[]; readonly onError: Again["onError"] },
): DemoPart {
  return {
    env: {},
    begin(api) {
      const act = (count: number) => goOn(api, tenants[count % tenants.length]!, Math.floor(count / tenants.length));
      return Promise.resolve(again(act, { clock, pauseMs: () => PAUSE_MS, onError }));
    },
    lines: (url) => [
      `Their customers, searched: curl -s '${url}/api/customers?tenant=${tenants[0]}&q=ashby&limit=3'`,
      `One of them, from memory the second time (X-Cache): curl -si '${url}/api/customers/c-1001?tenant=${tenants[0]}'`,
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function goOn(api: DemoApi, tenant: string, count: number): Promise<void> {
  const id = idOf(count);
  await api.post(tenant, "/api/customers", json({ id, ...personOf(count) }));
  for (let times = 0; times < 2; times++) await api.get(tenant, `/api/customers/${id}`);
  if (count === 0) return;
  const { lastName } = personOf(count * 7);
  await api.send("PATCH", tenant, `/api/customers/${idOf(count - 1)}`, json({ lastName }));
  if (count >= STAY) await api.send("DELETE", tenant, `/api/customers/${idOf(count - STAY)}`);
}

function idOf(count: number): string {
  return `new-${count}`;
}
