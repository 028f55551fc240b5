import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { bodiesOf } from "../support/fuzz/json_texts.ts";
import { anyMutation, mutated } from "../support/fuzz/mutations.ts";
import { operationsOf } from "../support/fuzz/operations.ts";
import { anyQuestion } from "../support/fuzz/questions.ts";
import type { Asked, FuzzRig } from "../support/fuzz/rig.ts";
import { anyTable } from "../support/fuzz/tables.ts";

/** A kind of generated input, and what must hold of every one. */
export interface FuzzCampaign {
  readonly name: string;
  /** As a sentence. */
  readonly shows: string;
  /** Of a full run. */
  readonly inputs: number;
  /** What one run of the property takes in, over a rig; `tally` counts how the inputs were answered. */
  property(rig: FuzzRig, tally: Tally): Promise<fc.IAsyncPropertyWithHooks<[unknown]>>;
}

/** Inputs that one run sends at once: alone each would wait for its own commit. */
const AT_ONCE = 20;

/** The property that `mustHold` for all of so many inputs at once. */
function atOnce<Input>(
  inputs: fc.Arbitrary<Input>,
  mustHold: (all: readonly Input[]) => Promise<unknown>,
): fc.IAsyncPropertyWithHooks<[unknown]> {
  const all = fc.array(inputs, { minLength: AT_ONCE, maxLength: AT_ONCE });
  return fc.asyncProperty(all, async (some) => void await mustHold(some)) as fc.IAsyncPropertyWithHooks<[unknown]>;
}

export type Tally = Map<string, number>;

function count(tally: Tally, what: string | number): void {
  tally.set(String(what), (tally.get(String(what)) ?? 0) + 1);
}

const JSON_TYPES = ["application/json", "application/json; charset=utf-8", "application/vnd.mailroom+json"];

const bodies: FuzzCampaign = {
  name: "bodies",
  shows: "every JSON body is answered below 500, and what is granted is what the OpenAPI document allows",
  inputs: 1_000_000,
  async property(rig, tally) {
    const operations = await operationsOf(rig);
    const inputs = fc.oneof(...[...operations].map(([name, { values, allows }]) => {
      const changed = fc.tuple(values, fc.array(anyMutation, { maxLength: 2, size: "max" }))
        .map(([value, mutations]) => mutated(value, mutations));
      const input = fc.record({
        name: fc.constant(name),
        body: bodiesOf(changed),
        type: fc.constantFrom(...JSON_TYPES),
      });
      return { arbitrary: input, weight: allows === null ? 1 : 6 };
    }));
    type Input = typeof inputs extends fc.Arbitrary<infer T> ? T : never;
    const mustBear = async ({ name, body: { bytes, isPoisoned }, type }: Input) => {
      const { method, path, allows } = operations.get(name)!;
      const { status, text } = await rig.ask({ method, path, headers: { "Content-Type": type }, body: bytes });
      count(tally, status);
      if (status >= 300 || allows === null) return;
      const given = bytes.length === 0 ? "{}" : new TextDecoder().decode(bytes);
      assert.ok(!isPoisoned, `${name} granted ${given}: ${text}`);
      assert.ok(allows(JSON.parse(given)), `${name} granted ${given}, which the document does not allow`);
    };
    return atOnce(inputs, (all) => Promise.all(all.map(mustBear)));
  },
};

const IMPORT = { method: "POST", path: "/api/jobs/import?dataset=fuzz", headers: { "Content-Type": "text/csv" } };

const tables: FuzzCampaign = {
  name: "tables",
  shows: "every file of CSV is imported to its end, or its header is refused",
  inputs: 100_000,
  property: (rig, tally) =>
    Promise.resolve(
      atOnce(anyTable, async (files) => {
        const jobs = await Promise.all(files.map((body) => rig.ask({ ...IMPORT, body })));
        await rig.quiet();
        for (const [index, { status, text }] of jobs.entries()) {
          assert.equal(status, 201, text);
          const { text: found } = await rig.ask({
            method: "GET",
            path: `/api/jobs/${JSON.parse(text).id}`,
            headers: {},
          });
          const job = JSON.parse(found);
          count(tally, job.status);
          if (job.status === "succeeded") assert.equal(job.result.bytes, files[index]!.length, found);
          else assert.match(job.error?.message ?? found, /^The header /);
        }
      }),
    ),
};

const questions: FuzzCampaign = {
  name: "questions",
  shows: "every path, query, Last-Event-ID and header is answered below 500, and every refusal is a problem",
  inputs: 100_000,
  property: (rig, tally) =>
    Promise.resolve(
      atOnce(
        anyQuestion,
        (all) => Promise.all(all.map(async (asked: Asked) => count(tally, (await rig.ask(asked)).status))),
      ),
    ),
};

export const FUZZ_CAMPAIGNS: readonly FuzzCampaign[] = [bodies, tables, questions];

/** No input may keep the server busy for longer. */
const HANG_MS = 10_000;

export interface FuzzResult {
  readonly tally: Tally;
  /** What failed, as small as fast-check could make it; null when nothing did. */
  readonly failure: string | null;
}

/** So many inputs, which a seed decides. */
export async function fuzz(
  { property }: FuzzCampaign,
  { rig, seed, inputs }: { rig: FuzzRig; seed: number; inputs: number },
): Promise<FuzzResult> {
  const tally: Tally = new Map();
  const numRuns = Math.ceil(inputs / AT_ONCE);
  const { failed, errorInstance } = await fc.check(await property(rig, tally), { seed, numRuns, timeout: HANG_MS });
  return { tally, failure: failed ? String(errorInstance ?? "it took too long") : null };
}
