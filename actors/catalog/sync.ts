import type { Context, Decision } from "../authoring.ts";
import { ask, type Failure } from "./ask.ts";
import { compareBrands } from "./compare_brands.ts";
import { compareCategories } from "./compare_categories.ts";
import type { Compared } from "./compared.ts";
import { type Item, ITEM_NAMES } from "./items.ts";
import { CATALOG_TENANT, type CatalogState, PARTS, type Telling } from "./messages.ts";
import type { Part } from "./rows.ts";
import { Stager } from "./stager.ts";
import { catalogTables } from "./tables.ts";

const { writes, queries } = catalogTables;

/** Of one commit; the end of the cycle is told beside them. */
const TOLD_AT_ONCE = 500;
const ERROR_CHARS = 1_000;

/**
 * One cycle of one part.
 *
 *   begun ─► asked ─► compared, and staged ─► applied: one commit ─► brands told ─► completed
 *              ├─ not before an instant ─► delayed: the message is snoozed until then, at the cost of no attempt
 *              └─ no answer, or none that can be read ─► failed: the next cycle tries again
 *
 * - Whatever is staged when the process dies is nothing but staged: the message is delivered again and asks anew, as far as
 *   the limit allows. The commit that applies it also says so in the state, so that then only the telling goes on.
 * - Brands and categories are two actors: what becomes of one cycle is nothing to the other.
 */
export async function* sync(state: CatalogState, ctx: Context): AsyncGenerator<void, Decision | void> {
  const part = PARTS.find((each) => each === ctx.self.key);
  if (part === undefined || ctx.tenant !== CATALOG_TENANT) return;
  const { messageId: id } = ctx;
  // Of a life before, or of a cycle whose message a person has removed.
  const isOver = state.telling?.id === id;
  yield* tellOthers(ctx, state, part);
  if (isOver) return;
  const startedAt = ctx.now();
  ctx.write(writes.begun, { part, id, startedAt });
  yield;
  const asked = await ask(ctx, part);
  ctx.signal.throwIfAborted();
  if ("delayMs" in asked) {
    ctx.log.info("cycle delayed", { part, delayMs: asked.delayMs, reason: asked.reason });
    const delayedUntil = ctx.now() + asked.delayMs;
    ctx.write(writes.ended, { ...ended(part, id), status: "delayed", delayedUntil, error: asked.reason });
    yield;
    return ctx.snooze(Math.max(delayedUntil - ctx.now(), 0));
  }
  if ("failure" in asked) return fail(ctx, part, { ...asked.failure, startedAt });
  const stager = new Stager(part);
  let compared: Compared;
  try {
    compared = yield* part === "brands"
      ? compareBrands(ctx, asked.text, stager)
      : compareCategories(ctx, asked.text, stager);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const reason = `The answer cannot be read: ${thrown.message}`;
    return fail(ctx, part, { reason, errorClass: "invalid", startedAt });
  }
  yield* apply(ctx, state, { part, startedAt, stager, compared });
  yield* tellOthers(ctx, state, part);
}

interface Applying {
  readonly part: Part;
  readonly startedAt: number;
  readonly stager: Stager;
  readonly compared: Compared;
}

/**
 * All that is staged becomes true with one commit, whole or not at all; the first brands are told with it. The others are
 * staged before it, and told after it. Each yield is a commit point.
 */
async function* apply(
  ctx: Context,
  state: CatalogState,
  { part, startedAt, stager, compared }: Applying,
): AsyncGenerator<void, void> {
  const { counts, isEmpty } = stager.tally;
  const { listed, setAside, told } = compared;
  // With the first of it goes what an earlier life has left.
  if (stager.isUsed) stager.stage(ctx);
  else ctx.write(writes.cleared, { part });
  for (let next = TOLD_AT_ONCE; next < told.length; next += TOLD_AT_ONCE) {
    yield;
    const text = JSON.stringify(told.slice(next, next + TOLD_AT_ONCE));
    ctx.write(writes.staged, { part, item: "told", seq: next, text });
  }
  const at = ctx.now();
  if (stager.isUsed) {
    if (counts.links !== undefined) ctx.write(writes.announced, { part, at });
    for (const item of ITEM_NAMES) applyItem(ctx, item, { part, at, changes: counts[item] });
    ctx.write(writes.sourcesGone, { part });
    ctx.write(writes.sourcesSeen, { part, at });
    ctx.write(writes.clearedApplied, { part });
    if (!isEmpty) ctx.write(writes.revised, { part, at });
  }
  for (const brand of told.slice(0, TOLD_AT_ONCE)) ctx.emit("catalog.brand-changed", brand);
  const telling: Telling = { id: ctx.messageId, startedAt, counts, listed, setAside };
  if (told.length > TOLD_AT_ONCE) state.telling = telling;
  else complete(ctx, part, telling);
}

function applyItem(
  ctx: Context,
  item: Item,
  { part, at, changes }: { part: Part; at: number; changes: Telling["counts"][string] | undefined },
): void {
  if (changes === undefined) return;
  if (changes.created + changes.updated > 0) ctx.write(writes[`${item}Applied`], { part, at });
  if (changes.withdrawn > 0) ctx.write(writes[`${item}Withdrawn`], { part, at });
}

/** Those brands that did not fit into the commit that changed them. */
async function* tellOthers(ctx: Context, state: CatalogState, part: Part): AsyncGenerator<void, void> {
  if (state.telling === null) return;
  // The commit that changes them, or the last one of a life before.
  yield;
  for (;;) {
    const next = await ctx.query(queries.untold, { part });
    if (next === null) break;
    for (const brand of JSON.parse(next.text)) ctx.emit("catalog.brand-changed", brand);
    ctx.write(writes.told, { part, seq: next.seq });
    yield;
  }
  complete(ctx, part, state.telling);
  state.telling = null;
}

function complete(ctx: Context, part: Part, { id, startedAt, counts, listed, setAside }: Telling): void {
  const endedAt = ctx.now();
  const durationMs = endedAt - startedAt;
  const figures = { changes: counts, listed, setAside };
  ctx.write(writes.ended, {
    ...ended(part, id),
    ...{ status: "completed", endedAt, durationMs, counts: JSON.stringify(figures) },
  });
  ctx.write(writes.trimmed, { part });
  ctx.emit("catalog.sync-completed", { part, cycle: id, durationMs, ...figures });
  ctx.log.info("cycle completed", { part, durationMs, listed, setAside });
}

function fail(
  ctx: Context,
  part: Part,
  { reason, errorClass, startedAt }: Failure & { readonly startedAt: number },
): void {
  const endedAt = ctx.now();
  const durationMs = endedAt - startedAt;
  const error = reason.slice(0, ERROR_CHARS);
  ctx.write(writes.ended, {
    ...ended(part, ctx.messageId),
    ...{ status: "failed", endedAt, durationMs, error, errorClass },
  });
  ctx.write(writes.trimmed, { part });
  ctx.emit("catalog.sync-failed", { part, cycle: ctx.messageId, durationMs, reason: error, errorClass });
  ctx.log.warn("cycle failed", { part, durationMs, errorClass, reason: error });
}

function ended(part: Part, id: string) {
  return {
    ...{ part, id, endedAt: null, durationMs: null, delayedUntil: null },
    ...{ counts: null, error: null, errorClass: null },
  };
}
