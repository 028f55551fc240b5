import type { Clock } from "../../runtime/core/clock.ts";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import { type Again, again } from "./again.ts";
import type { DemoBody } from "./demo_api.ts";
import { type DemoPart, WASH_TENANTS } from "./part.ts";
import { anyOf, personOf } from "./people.ts";

const SEED = 50;
/** Of each tenant, as fast as they are taken; then they go on more slowly. */
const UPLOADS_AT_FIRST = 50;
const LATER_MS = 1_000;
const ROWS = 20;
const STAFF = 300;

/** Lists of each tenant's employees, one after the other; in each a row is wrong. */
export function openUploads(clock: Clock, onError: Again["onError"]): DemoPart {
  const random = seededRandom(SEED);
  const atFirst = UPLOADS_AT_FIRST * WASH_TENANTS.length;
  return {
    env: {},
    begin(api) {
      const upload = (count: number) =>
        api.post(WASH_TENANTS[count % WASH_TENANTS.length]!, "/api/employee-uploads", listOf(random, count));
      return Promise.resolve(
        again(upload, { clock, pauseMs: (count) => count < atFirst ? 0 : LATER_MS, onError }),
      );
    },
    lines: (url) => [
      `Their uploads of employees: curl -s '${url}/api/employee-uploads?tenant=${WASH_TENANTS[0]}&limit=3'`,
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** No two are the same, or the second would be known. */
function listOf(random: Random, count: number): DemoBody {
  const first = Math.floor(random.next() * (STAFF - ROWS));
  const wrong = Math.floor(random.next() * ROWS);
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const number = first + index;
    const { firstName, lastName, email } = personOf(number);
    const startDate = `20${10 + number % 15}-${anyOf(random, ["01", "04", "07", "10"])}-01`;
    return `E-${number},${firstName} ${lastName},${index === wrong ? `nowhere ${count}` : email},${startDate}\n`;
  });
  return { type: "text/csv", text: `employee_number,name,email,start_date\n${rows.join("")}` };
}
