import type { Context } from "../authoring.ts";
import { type Brand, judgeBrand } from "./answers.ts";
import { BrandGroups } from "./brand_groups.ts";
import type { Compared } from "./compared.ts";
import { goneFrom, type Pending, readSources, type Sources } from "./sources.ts";
import type { Stager } from "./stager.ts";

/** Brands whose texts are about so long are compared together: what is known of them is read at once. */
const GROUP_CHARS = 256 * 1024;
/** Of those that are withdrawn together. */
const GROUP_BRANDS = 50;

/**
 * Stages what an answer of brands changes. Each yield is a commit point.
 *
 *   text ─► elements ─► known text ────────────────────────────────────────► listed, and not read
 *                  └──► read ─► malformed, or listed twice ─────────────────► set aside: what is there of it stays
 *                         └───► each row's hash against the known row's ───► staged where it is another
 *
 * Of the brands only a group is in memory at a time, of all products only the ids of those that were read.
 */
export async function* compareBrands(ctx: Context, answer: string, stager: Stager): AsyncGenerator<void, Compared> {
  const sources = await readSources(ctx, answer, "brands");
  const groups = new BrandGroups(ctx, stager, sources.unchanged);
  const seen = { listed: new Set(sources.unchanged), setAside: 0 };
  yield* stager.through(ctx, compare(ctx, { answer, sources, stager, groups, seen }));
  const gone = await goneFrom(ctx, "brands", seen.listed);
  for (let at = 0; at < gone.length; at += GROUP_BRANDS) {
    yield* stager.through(ctx, groups.withdraw(gone.slice(at, at + GROUP_BRANDS)));
  }
  yield* stager.through(ctx, groups.withdrawProducts());
  yield* stager.through(ctx, sources.forget(stager));
  return { listed: seen.listed.size, setAside: seen.setAside, told: groups.told };
}

interface Comparing {
  readonly answer: string;
  readonly sources: Sources;
  readonly stager: Stager;
  readonly groups: BrandGroups;
  readonly seen: { readonly listed: Set<string>; setAside: number };
}

/** Each yield is after a product, or what has none. */
async function* compare(ctx: Context, comparing: Comparing): AsyncGenerator<void, void> {
  const { answer, sources, stager, groups, seen: { listed } } = comparing;
  const aside = (hash: string, internalId: string | null, reason: string) => {
    sources.judged(hash, { internalId, reason }, stager);
    if (internalId !== null) listed.add(internalId);
    comparing.seen.setAside++;
  };
  for (const group of groupsOf(sources.pending)) {
    const brands: { readonly brand: Brand; readonly hash: string }[] = [];
    for (const { start, end, hash } of group) {
      const judged = judgeBrand(answer.slice(start, end));
      if ("reason" in judged) aside(hash, judged.id, judged.reason);
      else if (listed.has(judged.value.internalId)) aside(hash, judged.value.internalId, "it is listed twice");
      else {
        listed.add(judged.value.internalId);
        brands.push({ brand: judged.value, hash });
      }
      yield;
    }
    const known = await groups.read(brands.map(({ brand }) => brand));
    for (const { brand, hash } of brands) {
      const reason = groups.conflictOf(brand, known);
      if (reason === null) {
        sources.judged(hash, { internalId: brand.internalId, reason: null }, stager);
        yield* groups.compare(brand, known);
      } else aside(hash, brand.internalId, reason);
      yield;
    }
    ctx.progress({ done: listed.size, note: "brands compared" });
  }
}

function* groupsOf(pending: readonly Pending[]): Generator<readonly Pending[]> {
  let group: Pending[] = [];
  let chars = 0;
  for (const one of pending) {
    if (chars >= GROUP_CHARS) {
      yield group;
      [group, chars] = [[], 0];
    }
    group.push(one);
    chars += one.end - one.start;
  }
  if (group.length > 0) yield group;
}
