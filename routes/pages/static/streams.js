/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { confirmed } from "./confirm.js";
import { announce, find, setText } from "./elements.js";
import { countParcels, deleteStream, listStreams, readUpstreams, resetStream, switchStream } from "./parcel_api.js";
import { createParcelEvents } from "./parcel_events.js";
import { createRefresher } from "./refresher.js";
import { createStreamForm } from "./stream_form.js";
import { StreamRow } from "./stream_row.js";
import { showUpstreams } from "./upstreams.js";

/** @typedef {import("./parcel_api.js").Stream} Stream */

const MOST = 50;
const TICK_MS = 1_000;
/** Streams go on without an event of their own. */
const STREAMS_EVERY = 2;
/** Parcels are counted when some have moved, and not sooner than after so long; of a million it takes its time. */
const COUNTS_APART_MS = 2_000;
/** Of the time, to count takes this share at most. */
const COUNTS_SHARE = 0.05;

/** The view "Streams": the live board of what follows scan events, and of what it calls. It asks only while it is shown. */
export function createStreams() {
  const heading = find("streams-heading", HTMLElement);
  const rows = find("streams", HTMLUListElement);
  const empty = find("streams-empty", HTMLElement);
  const more = find("streams-more", HTMLElement);
  const problem = find("streams-problem", HTMLElement);
  /** @type {Map<string, StreamRow>} */
  const byName = new Map();
  const events = createParcelEvents();
  let isShown = false;
  /** Not before. */
  let countAt = 0;
  let haveMoved = true;

  /** @param {readonly Stream[]} all */
  const render = (all) => {
    const wanted = new Set(all.map(({ name }) => name));
    for (const [name, { node }] of byName) {
      if (wanted.has(name)) continue;
      if (node.contains(document.activeElement)) heading.focus();
      node.remove();
      byName.delete(name);
    }
    let next = rows.firstElementChild;
    for (const stream of all) {
      const known = byName.get(stream.name);
      const row = known ?? new StreamRow(stream);
      if (known === undefined) {
        byName.set(stream.name, row);
        haveMoved = true;
      } else row.show(stream);
      if (row.node === next) next = next.nextElementSibling;
      else rows.insertBefore(row.node, next);
    }
    empty.hidden = all.length > 0;
  };

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
    problem.hidden = false;
  };
  const told = { onFailed: complain, onMended: () => void (problem.hidden = true) };
  const refresh = createRefresher(async () => {
    const [{ items, nextCursor }, upstreams] = await Promise.all([listStreams({ limit: MOST }), readUpstreams()]);
    render(items);
    more.hidden = nextCursor === null;
    showUpstreams(upstreams);
  }, told);
  const count = createRefresher(async () => {
    const begunAt = performance.now();
    const { items } = await countParcels();
    const now = performance.now();
    countAt = now + Math.max(COUNTS_APART_MS, (now - begunAt) / COUNTS_SHARE);
    for (const [name, row] of byName) row.showParcels(items.filter(({ stream }) => stream === name));
  }, told);

  /**
   * @param {() => Promise<string | null>} act what was done, in words; null: nothing
   */
  const carryOut = async (act) => {
    problem.hidden = true;
    try {
      const done = await act();
      if (done !== null) announce(done);
    } catch (thrown) {
      complain(thrown);
    }
    refresh();
    count();
  };

  /** @type {Readonly<Record<string, (row: StreamRow) => Promise<string | null>>>} */
  const acts = {
    async switch(row) {
      const { name, status } = row.stream;
      const verb = status === "paused" || status === "parked" ? "resume" : "pause";
      row.show(await switchStream(name, verb));
      return `${name} ${verb === "pause" ? "is paused" : "goes on"}`;
    },
    async delete({ stream: { name } }) {
      const text = "It follows its source no more, and what it knows of its parcels goes with it.";
      if (!await confirmed({ title: `Delete ${name}?`, text, verb: "Delete" })) return null;
      await deleteStream(name);
      return `${name} was deleted`;
    },
  };

  /** @param {EventTarget | null} target */
  const rowAt = (target) => {
    const node = target instanceof Element ? target.closest(".stream") : null;
    return node instanceof HTMLElement ? byName.get(node.dataset["name"] ?? "") : undefined;
  };
  rows.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const { act = "" } = button?.dataset ?? {};
    const row = rowAt(target);
    if (row === undefined) return;
    if (act === "open-reset") row.toggleReset();
    else if (acts[act] !== undefined) carryOut(() => acts[act]?.(row) ?? Promise.resolve(null));
  });
  rows.addEventListener("submit", (event) => {
    event.preventDefault();
    const row = rowAt(event.target);
    if (row === undefined || !(event.target instanceof HTMLFormElement)) return;
    const eventId = Number(new FormData(event.target).get("eventId"));
    carryOut(async () => {
      row.show(await resetStream(row.stream.name, eventId));
      row.toggleReset();
      return `${row.stream.name} goes on after event ${eventId}`;
    });
  });
  createStreamForm({
    onAdded({ name }) {
      announce(`${name} is followed`);
      refresh();
      count();
    },
  });

  let beats = 0;
  setInterval(() => {
    if (!isShown || document.visibilityState === "hidden") return;
    const now = Date.now();
    for (const row of byName.values()) row.tick(now);
    beats++;
    if (beats % STREAMS_EVERY === 0) refresh();
    if (haveMoved && performance.now() >= countAt) {
      haveMoved = false;
      count();
    }
  }, TICK_MS);

  return {
    /** @param {boolean} shown */
    show(shown) {
      isShown = shown;
      if (shown) refresh();
    },
    reload() {
      if (isShown) refresh();
    },
    /** @param {import("./job.js").StreamEvent} event */
    apply(event) {
      events.apply(event);
      haveMoved ||= event.type.startsWith("parcel.");
    },
  };
}
