import type { Context } from "../authoring.ts";
import { categoryValues, judgeCategory } from "./answers.ts";
import { goneFrom, readSources } from "./sources.ts";
import { knownRows, type Stager } from "./stager.ts";
import { catalogTables } from "./tables.ts";
import type { Compared } from "./compared.ts";

const { queries } = catalogTables;
const GROUP = 1_000;

/** Stages what an answer of categories changes. Each yield is a commit point. */
export async function* compareCategories(
  ctx: Context,
  answer: string,
  stager: Stager,
): AsyncGenerator<void, Compared> {
  const sources = await readSources(ctx, answer, "categories");
  const listed = new Set(sources.unchanged);
  let setAside = 0;
  for (let at = 0; at < sources.pending.length; at += GROUP) {
    const judged = sources.pending.slice(at, at + GROUP)
      .map((place) => ({ ...place, ...judgeCategory(answer.slice(place.start, place.end)) }));
    const ids = judged.flatMap((one) => "value" in one ? [one.value.internalId] : []);
    const known = knownRows(await ctx.query(queries.knownCategories, { ids: JSON.stringify(ids) }));
    for (const one of judged) {
      const id = "value" in one ? one.value.internalId : one.id;
      const reason = "reason" in one ? one.reason : listed.has(one.value.internalId) ? "it is listed twice" : null;
      sources.judged(one.hash, { internalId: id, reason }, stager);
      if (id !== null) listed.add(id);
      if (reason === null && "value" in one) stager.compare("categories", categoryValues(one.value), known);
      else setAside++;
    }
    if (!stager.isFull) continue;
    stager.stage(ctx);
    yield;
  }
  for (const id of await goneFrom(ctx, "categories", listed)) stager.withdraw("categories", [id]);
  sources.forget(stager);
  return { listed: listed.size, setAside, told: [] };
}
