import type { Clock } from "../../runtime/core/clock.ts";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import type { BureauFaults } from "../credit_application/simulator/contract.ts";
import { openCreditBureau } from "../credit_application/simulator/simulator.ts";
import { type Again, again } from "./again.ts";
import { ndjson } from "./demo_api.ts";
import { type DemoPart, WASH_TENANTS } from "./part.ts";
import { anyOf, personOf } from "./people.ts";

const SEED = 16;
const CUSTOMERS = 40;
const ACTIONS_AT_ONCE = 6;
const PAUSE_MS = 500;
/** Now and then an action is for everybody. */
const FOR_ALL_EVERY = 40;
const MILD: BureauFaults = { serverError: 20, limited: 5, lost: 10, truncated: 5, html: 5 };
const WASHES = ["Quick wash", "Wash and wax", "Premium wash"];

/** Customers who wash, join, leave and ask for credit; their letters go to `mailDir`. */
export async function openCustomers(
  clock: Clock,
  { mailDir, onError }: { readonly mailDir: string; readonly onError: Again["onError"] },
): Promise<DemoPart> {
  const bureau = await openCreditBureau({ seed: SEED, faults: MILD });
  const random = seededRandom(SEED);
  return {
    env: { CREDIT_BUREAU_BASE_URL: bureau.url, SMTP_URL: `maildir:${mailDir}` },
    async begin(api) {
      const customers = ndjson(Array.from({ length: CUSTOMERS }, (_, id) => ({ id: `c-${id}`, ...personOf(id) })));
      for (const tenant of WASH_TENANTS) await api.post(tenant, "/api/customers", customers);
      const act = (count: number) => {
        const actions = Array.from(
          { length: ACTIONS_AT_ONCE },
          (_, index) => actionOf(random, count % FOR_ALL_EVERY === 0 && index === 0),
        );
        return api.post(WASH_TENANTS[count % WASH_TENANTS.length]!, "/api/customer-actions", ndjson(actions));
      };
      return again(act, { clock, pauseMs: () => PAUSE_MS, onError });
    },
    lines(url) {
      const [tenant] = WASH_TENANTS;
      return [
        `Car washes (${WASH_TENANTS.join(", ")}): ${url}/?tenant=${tenant}`,
        `What their customers do: curl -s '${url}/api/customer-actions?tenant=${tenant}&limit=3'`,
      ];
    },
    [Symbol.asyncDispose]: () => bureau[Symbol.asyncDispose](),
  };
}

function actionOf(random: Random, isForAll: boolean): object {
  const whom = isForAll ? { customers: "all" } : { customer: `c-${Math.floor(random.next() * CUSTOMERS)}` };
  const type = isForAll ? "wash-purchased" : anyOf(random, [
    ...["wash-purchased", "wash-purchased", "membership-started", "membership-cancelled", "credit-applied-for"],
  ]);
  if (type !== "credit-applied-for") return { type, ...whom, details: { item: anyOf(random, WASHES) } };
  return { type, ...whom, credit: { amount: 10_000 * (1 + Math.floor(random.next() * 50)), currency: "EUR" } };
}
