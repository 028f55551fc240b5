import type { AccessRig, Answer } from "./access_rig.ts";
import { bearer } from "./tokens.ts";

export type Headers = Readonly<Record<string, string>>;

export const JSON_TYPE: Headers = { "content-type": "application/json" };
export const GREETING = { type: "echo", payload: { text: "hello" } };

/** A request with a JSON body, if it has one. */
export function call(
  rig: Pick<AccessRig, "send">,
  headers: Headers,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
): Promise<Answer> {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_TYPE };
  return rig.send({ method, path, ...json }, headers);
}

export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly bearer: Headers;
}

/** A key of the tenant acme; by default its admin makes one for operators. */
export async function makeKey(
  rig: AccessRig,
  order: Readonly<Record<string, unknown>> = {},
  by?: Headers,
): Promise<MadeKey> {
  const headers = by ?? await rig.as("admin", "acme");
  const answer = await call(rig, headers, ["POST", "/api/keys", { name: "nightly", role: "operator", ...order }]);
  if (answer.status !== 201) throw new Error(answer.text);
  const { id, key } = JSON.parse(answer.text);
  return { id, key, bearer: bearer(key) };
}
