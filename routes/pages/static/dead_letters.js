/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { confirmed } from "./confirm.js";
import { deleteDeadLetter, retryDeadLetter } from "./control_api.js";
import { DeadLetterList } from "./dead_letter_list.js";
import { DeadLetterView } from "./dead_letter_view.js";
import { announce, element, find, oncePerFrame, setText } from "./elements.js";
import { createRefresher } from "./refresher.js";

/** @typedef {import("./job.js").StreamEvent} StreamEvent */

const TICK_MS = 1_000;
const COMING = ["job.failed", "message.dead-lettered"];
const GOING = ["job.queued", "job.discarded", "dead-letter.retried", "dead-letter.discarded"];

/**
 * The view "Dead letters": what was given up, why, and the way back or out.
 * @param {object} acts
 * @param {(id: string) => void} acts.openJob
 * @param {(text: string) => void} acts.onCount how many there are, as a text; empty for none
 */
export function createDeadLetters({ openJob, onCount }) {
  const heading = find("letters-heading", HTMLElement);
  const rows = find("letters", HTMLOListElement);
  const more = find("letters-more", HTMLButtonElement);
  const empty = find("letters-empty", HTMLElement);
  const problem = find("letters-problem", HTMLElement);
  /** @type {Map<string, DeadLetterView>} */
  const views = new Map();
  /** What something is being done to: a second click means the same. @type {Set<string>} */
  const busy = new Set();

  const render = oncePerFrame(() => {
    const { activeElement } = document;
    const focused = activeElement?.closest("#letters > li") ?? null;
    const place = focused === null ? -1 : [...rows.children].indexOf(focused);
    const shown = list.shown.map(viewOf);
    const wanted = new Set(shown.map(({ node }) => node));
    for (const [id, { node }] of views) {
      if (wanted.has(/** @type {HTMLLIElement} */ (node))) continue;
      node.remove();
      views.delete(id);
    }
    let next = rows.firstElementChild;
    for (const { node } of shown) {
      if (node === next) next = next.nextElementSibling;
      else rows.insertBefore(node, next);
    }
    if (focused !== null && !rows.contains(focused)) focusNear(place, activeElement);
    const count = shown.length;
    empty.hidden = count > 0 || list.state === "failed";
    if (!empty.hidden) empty.replaceChildren(...emptyState(list.state));
    more.hidden = count === 0 || !list.hasMore;
    onCount(count === 0 ? "" : `${count}${list.hasMore ? "+" : ""}`);
    tick();
  });
  const list = new DeadLetterList(render);

  /** @param {import("./control_api.js").DeadLetter} letter */
  const viewOf = (letter) => {
    const known = views.get(letter.id);
    if (known !== undefined && known.letter.diedAt === letter.diedAt) return known;
    const view = new DeadLetterView(letter);
    views.set(letter.id, view);
    known?.node.replaceWith(view.node);
    return view;
  };

  const tick = () => {
    for (const view of views.values()) view.tick(Date.now());
  };

  /**
   * Where the focus goes when what had it is gone: to its like in the dead letter that took its place.
   * @param {number} place
   * @param {Element | null} had
   */
  const focusNear = (place, had) => {
    const act = had instanceof HTMLElement ? had.dataset["act"] ?? "retry" : "retry";
    const near = rows.children[Math.min(place, rows.children.length - 1)]?.querySelector(`[data-act=${act}]`);
    if (near instanceof HTMLElement) near.focus();
    else heading.focus();
  };

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
    problem.hidden = false;
  };
  let whole = true;
  const refresh = createRefresher(async () => {
    const asked = { whole };
    whole = false;
    await list.load(asked);
  }, { onFailed: complain, onMended: () => void (problem.hidden = true) });

  /**
   * @param {import("./control_api.js").DeadLetter} letter
   * @param {"retry" | "delete"} verb
   */
  const carryOut = async ({ id, source, kind }, verb) => {
    problem.hidden = true;
    const what = source === "job" ? `The ${kind} job` : `The message to ${kind}`;
    if (verb === "delete" && !await confirmed(aboutDeleting(source))) return;
    busy.add(id);
    try {
      await (verb === "retry" ? retryDeadLetter(id) : deleteDeadLetter(id));
      // Its event takes it out; should the stream be away, reading does. A retried job may have failed again by now.
      refresh();
      announce(`${what} was ${verb === "retry" ? "sent again" : "deleted"}`);
    } catch (thrown) {
      complain(thrown);
      refresh();
    } finally {
      busy.delete(id);
    }
  };

  rows.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const act = target.closest("button")?.dataset["act"];
    const row = target.closest("#letters > li");
    const id = row instanceof HTMLElement ? row.dataset["id"] ?? "" : "";
    const letter = views.get(id)?.letter;
    if (letter === undefined) return;
    if (act === "open") openJob(id);
    else if ((act === "retry" || act === "delete") && !busy.has(id)) carryOut(letter, act);
  });
  more.addEventListener("click", () => list.loadMore().catch(complain));
  setInterval(tick, TICK_MS);
  render();

  return {
    reload() {
      whole = true;
      refresh();
    },
    /**
     * @param {string} id
     * @returns {boolean} whether there is such a dead letter in sight
     */
    focus(id) {
      const opener = views.get(id)?.node.querySelector(".opener");
      if (opener instanceof HTMLElement) opener.focus();
      return opener !== undefined && opener === document.activeElement;
    },
    /** @param {StreamEvent} event */
    apply({ type, subject }) {
      if (COMING.includes(type)) refresh();
      else if (GOING.includes(type)) list.remove(subject.slice(subject.indexOf("/") + 1));
    },
  };
}

/** @param {"job" | "message"} source */
function aboutDeleting(source) {
  return source === "job"
    ? { title: "Delete this job?", text: "It goes for good, with all its attempts and log lines.", verb: "Delete" }
    : { title: "Delete this message?", text: "It goes for good. Its actor never gets it.", verb: "Delete" };
}

/** @param {DeadLetterList["state"]} state */
function emptyState(state) {
  if (state === "loading") return [element("p", {}, "Reading the dead letters…")];
  return [
    element("strong", {}, "No dead letters"),
    element("p", {}, "Work that is out of attempts is kept here with its error, to be retried or deleted."),
  ];
}
