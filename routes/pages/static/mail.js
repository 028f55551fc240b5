/// <reference lib="dom" />
// @ts-check
import { call } from "./api.js";
import { find, setText } from "./elements.js";
import { MailRow } from "./mail_row.js";
import { createRefresher } from "./refresher.js";

/** @typedef {import("./mail_row.js").MailHead} MailHead */

const PAGE_SIZE = 50;
const TICK_MS = 1_000;

/** The view "Mail": what was written into files instead of being sent, newest first. It asks only while it is shown. */
export function createMail() {
  const rows = find("mail", HTMLOListElement);
  const more = find("mail-more", HTMLButtonElement);
  const empty = find("mail-empty", HTMLElement);
  const problem = find("mail-problem", HTMLElement);
  /** @type {Map<string, MailRow>} */
  const byId = new Map();
  let isShown = false;
  /** @type {string | null} */
  let cursor = null;

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
    problem.hidden = false;
  };

  /**
   * Rows stay once they are there: what they show does not change. A repeat of one that is shown has its id.
   * @param {readonly MailHead[]} heads
   */
  const add = (heads) => {
    for (const head of heads) {
      if (byId.has(head.id)) continue;
      const row = new MailRow(head, { onFailed: complain });
      byId.set(head.id, row);
      const after = [...byId.values()].filter(({ id }) => id < head.id).sort((a, b) => a.id < b.id ? 1 : -1)[0];
      rows.insertBefore(row.node, after?.node ?? null);
    }
  };

  /**
   * @param {string | undefined} from
   * @returns {Promise<{ items: MailHead[], nextCursor: string | null, isKept: boolean }>}
   */
  const read = (from) => call("/api/mail", { query: { limit: PAGE_SIZE, cursor: from } });

  const refresh = createRefresher(async () => {
    const isFirst = byId.size === 0;
    const { items, nextCursor, isKept } = await read(undefined);
    add(items);
    if (isFirst) cursor = nextCursor;
    more.hidden = cursor === null;
    empty.hidden = byId.size > 0;
    find("mail-none", HTMLElement).hidden = !isKept;
    find("mail-sent", HTMLElement).hidden = isKept;
    tick();
  }, { onFailed: complain, onMended: () => void (problem.hidden = true) });

  const tick = () => {
    for (const row of byId.values()) row.tick(Date.now());
  };

  more.addEventListener("click", async () => {
    if (cursor === null) return;
    try {
      const { items, nextCursor } = await read(cursor);
      add(items);
      cursor = nextCursor;
      more.hidden = cursor === null;
    } catch (thrown) {
      complain(thrown);
    }
  });
  setInterval(() => {
    if (isShown) tick();
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
      if (isShown && event.type === "job.succeeded" && event.data.type === "email") refresh();
    },
  };
}
