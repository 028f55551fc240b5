import { type Api, until } from "./api.ts";
import type { IntakeView } from "../../routes/intake.ts";
import type { FanOutView } from "../../routes/customer_actions_view.ts";

const LINES = { "content-type": "application/x-ndjson" };

export interface TestCustomer {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/** So many, whose names and addresses nobody else has. */
export function testCustomers(count: number): readonly TestCustomer[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `c-${`${index}`.padStart(6, "0")}`;
    return { id, firstName: `Person ${id}`, lastName: "Surname", email: `${id}@persons.example` };
  });
}

/** What must stand in no log, event and result. */
export const PERSONAL = /Surname|persons\.example/;

/** Again after a 503, as that asks for. @throws {Error} unless it is answered 200 in the end */
export async function handIn(api: Api, path: string, lines: readonly unknown[]): Promise<IntakeView> {
  const body = lines.map((line) => JSON.stringify(line)).join("\n");
  return await until(`POST ${path} is taken`, async () => {
    const answer = await api.send("POST", path, body, LINES);
    const text = await answer.text();
    if (answer.status === 503) return undefined;
    if (answer.status !== 200) throw new Error(`POST ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text) as IntakeView;
  });
}

/** @throws {Error} unless it is answered 200 or 201 */
export async function actOn(api: Api, order: object): Promise<FanOutView> {
  const answer = await api.send("POST", "/api/customer-actions", order);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The action was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** The action once it is as it should be. */
export function untilAction(api: Api, id: string, isReady: (action: FanOutView) => boolean): Promise<FanOutView> {
  return until(`the action ${id} is ready`, async () => {
    const answer = await api.send("GET", `/api/customer-actions/${id}`);
    const action: FanOutView = await answer.json();
    return isReady(action) ? action : undefined;
  });
}
