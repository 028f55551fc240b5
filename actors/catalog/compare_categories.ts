import type { Context } from "../authoring.ts";
import { categoryValues, judgeCategory } from "./answers.ts";
import type { Compared } from "./compared.ts";
import { goneFrom, readSources, type Sources } from "./sources.ts";
import { knownRows, type Stager } from "./stager.ts";
import { catalogTables } from "./tables.ts";

const { queries } = catalogTables;
const GROUP = 200;

/** Stages what an answer of categories changes. Each yield is a commit point. */
export async function* compareCategories(
  ctx: Context,
  answer: string,
  stager: Stager,
): AsyncGenerator<void, Compared> {
  const sources = await readSources(ctx, answer, "categories");
  const seen = { listed: new Set(sources.unchanged), setAside: 0 };
  yield* stager.through(ctx, compare(ctx, { answer, sources, stager, seen }));
  for (const id of await goneFrom(ctx, "categories", seen.listed)) {
    stager.withdraw("categories", [id]);
    if (!stager.isFull) continue;
    stager.stage(ctx);
    yield;
  }
  yield* stager.through(ctx, sources.forget(stager));
  return { listed: seen.listed.size, setAside: seen.setAside, told: [] };
}

interface Comparing {
  readonly answer: string;
  readonly sources: Sources;
  readonly stager: Stager;
  readonly seen: { readonly listed: Set<string>; setAside: number };
}

/** Each yield is after one of them. */
async function* compare(ctx: Context, { answer, sources, stager, seen }: Comparing): AsyncGenerator<void, void> {
  for (let at = 0; at < sources.pending.length; at += GROUP) {
    const judged = sources.pending.slice(at, at + GROUP)
      .map((place) => ({ ...place, ...judgeCategory(answer.slice(place.start, place.end)) }));
    const ids = judged.flatMap((one) => "value" in one ? [one.value.internalId] : []);
    const known = knownRows(await ctx.query(queries.knownCategories, { ids: JSON.stringify(ids) }));
    for (const one of judged) {
      const id = "value" in one ? one.value.internalId : one.id;
      const reason = "reason" in one ? one.reason : seen.listed.has(one.value.internalId) ? "it is listed twice" : null;
      sources.judged(one.hash, { internalId: id, reason }, stager);
      if (id !== null) seen.listed.add(id);
      if (reason === null && "value" in one) stager.compare("categories", categoryValues(one.value), known);
      else seen.setAside++;
      yield;
    }
  }
}
