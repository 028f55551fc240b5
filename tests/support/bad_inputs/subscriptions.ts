import { type BadInput, post } from "./bad_input.ts";

const TARGET = { kind: "counter", key: "main" };
const TYPES: readonly unknown[] = [
  ...[null, 1, true, [], {}, "", " ", "created", "Customer.created", "customer.", ".created", "customer..created"],
  ...["customer created", "customer.created\u0000", "*", "customer.*", "kunde.erzeugt\n", "__proto__", "顧客.作成"],
  `customer.${"a".repeat(100)}`,
];
const KEYS: readonly unknown[] = [null, 1, [], {}, "", "a/b", "a b", "..\u0000", "é", "x".repeat(201)];

/** Parsed, but no subscription: 422, and where. */
export const SUBSCRIPTION_INPUTS: readonly BadInput[] = [
  ...TYPES.map((eventType) => refused({ eventType }, "/eventType")),
  refused({ eventType: undefined }, "/eventType"),
  refused({ target: undefined }, "/target"),
  ...KEYS.map((key) => refused({ target: { ...TARGET, key } }, "/target/key")),
  ...["nobody", "report", "__proto__", "constructor", "Counter"].map((kind) =>
    refused({ target: { ...TARGET, kind } }, "/target/kind")
  ),
  ...["nothing", "add", "reset", "toString", "__proto__"].map((message) =>
    refused({ target: { ...TARGET, message } }, "/target/message")
  ),
  refused({ target: { ...TARGET, tenant: "zen" } }, "/target"),
  refused({ id: "01JD9ZK5T3M6X8QV2N4B7C1RSW" }, ""),
];

function refused(part: object, pointer: string): BadInput {
  const body = { eventType: "job.succeeded", target: TARGET, ...part };
  return {
    what: `/api/subscriptions ${JSON.stringify(body).slice(0, 120)}`,
    request: post("/api/subscriptions", body),
    answer: [422],
    pointer,
  };
}
