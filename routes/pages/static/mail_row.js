/// <reference lib="dom" />
// @ts-check
import { address, call } from "./api.js";
import { element, setText } from "./elements.js";
import { ago, dayAndTime } from "./times.js";

/**
 * An e-mail as the list has it.
 * @typedef {object} MailHead
 * @property {string} id
 * @property {string} messageId
 * @property {string} from
 * @property {string} to
 * @property {string} subject
 * @property {string | null} at
 */

/** One e-mail; its text is read when it is opened. */
export class MailRow {
  node;
  #head;
  #time;
  #body = element("div", { class: "mail-body" }, element("p", { class: "hint" }, "Reading…"));
  #wasRead = false;
  #onFailed;

  /**
   * @param {MailHead} head
   * @param {{ onFailed: (thrown: unknown) => void }} told
   */
  constructor(head, { onFailed }) {
    this.#head = head;
    this.#onFailed = onFailed;
    const { at, subject, to } = head;
    this.#time = element("time", at === null ? {} : { datetime: at, title: dayAndTime(at) });
    const details = element(
      "details",
      {},
      element(
        "summary",
        { class: "mail-head" },
        element("strong", {}, subject || "(no subject)"),
        element("span", { class: "mail-to" }, to),
        this.#time,
      ),
      this.#body,
    );
    details.addEventListener("toggle", () => {
      if (details.open) this.#read();
    });
    this.node = element("li", { class: "mail-row" }, details);
  }

  get id() {
    return this.#head.id;
  }

  /**
   * Brings what depends on the time up to date.
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    if (this.#head.at !== null) setText(this.#time, ago(this.#head.at, now));
  }

  async #read() {
    if (this.#wasRead) return;
    this.#wasRead = true;
    const { id, from, messageId, subject } = this.#head;
    try {
      const { text, hasHtml } = await call(`/api/mail/${id}`);
      const link = (/** @type {string} */ format, /** @type {string} */ label) =>
        element(
          "a",
          { "href": address(`/api/mail/${id}`, { format }), "target": "_blank", "rel": "noopener" },
          label,
          element("span", { class: "unseen" }, ` of ${subject}`),
        );
      this.#body.replaceChildren(
        element("p", { class: "mail-facts" }, `From ${from}`, element("code", {}, messageId)),
        element("pre", { tabindex: 0 }, text),
        element("p", { class: "mail-facts" }, ...(hasHtml ? [link("html", "HTML part")] : []), link("eml", "File")),
      );
    } catch (thrown) {
      this.#wasRead = false;
      this.#onFailed(thrown);
    }
  }
}
