import assert from "node:assert/strict";
import { type AccessRig, type Answer, setupAccess } from "../support/access_rig.ts";
import { call } from "../support/access_calls.ts";

/* What only actors send to is no door for people: a page of the ledger that somebody hands in would be booked as the ledger's own. */

const ENTRY = {
  id: "e-1",
  position: 1,
  account: "till",
  amount: 1_000_000,
  currency: "EUR",
  bookedAt: "2026-01-31T12:00:00.000Z",
};
const FORGED = { type: "ledger-page", payload: { entries: [ENTRY] } };
const TYPES = "credit-application, echo, email, flaky, import, patient";

const DOORS = {
  "a job": ["/api/jobs", FORGED],
  "a batch": ["/api/jobs/batch", { jobs: [FORGED] }],
  "a schedule": ["/api/schedules", { name: "forged", everyMs: 60_000, target: FORGED }],
} as const;

async function post(rig: AccessRig, path: string, body: unknown): Promise<Answer> {
  return await call(rig, await rig.as("admin", "acme"), ["POST", path, body]);
}

for (const [door, [path, body]] of Object.entries(DOORS)) {
  Deno.test(`an internal job type is refused as ${door}, with the types that are not, and nothing is stored`, async () => {
    await using rig = await setupAccess();
    const before = rig.rowsOf("acme");
    const { status, text } = await post(rig, path, body);
    const { errors: [fault] } = JSON.parse(text);
    assert.equal(status, 422, text);
    assert.match(fault.pointer, /\/type$/);
    assert.deepEqual(fault.detail.replace("must be one of ", "").split(", ").sort().join(", "), TYPES);
    assert.equal(rig.rowsOf("acme"), before);
  });
}

Deno.test("an internal job type is no actor's door, and lists say that it is internal", async () => {
  await using rig = await setupAccess();
  const { status } = await post(rig, "/api/actors/ledger-page/one/run", FORGED.payload);
  assert.equal(status, 404);
  const headers = await rig.as("admin", "acme");
  const { items } = JSON.parse((await call(rig, headers, ["GET", "/api/kinds"])).text);
  const kinds = items as { name: string; isJob: boolean; isInternal: boolean }[];
  const namesOf = (fits: (kind: typeof kinds[number]) => boolean) => kinds.filter(fits).map(({ name }) => name);
  assert.deepEqual(namesOf(({ isJob, isInternal }) => isJob && isInternal), ["ledger-page"]);
  const actors = namesOf(({ isJob, isInternal }) => !isJob && isInternal);
  assert.deepEqual(["customer-action", "tally"].map((name) => actors.includes(name)), [true, false]);
  const { schemas } = JSON.parse((await call(rig, headers, ["GET", "/openapi.json"])).text).components;
  assert.equal(schemas.JobSubmission.properties.type.enum.includes("ledger-page"), false);
  assert.equal("payload-ledger-page" in schemas, false);
});
