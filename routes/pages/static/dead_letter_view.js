/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { shortId } from "./job.js";
import { ago, dayAndTime } from "./times.js";
import { verdictChip } from "./verdict_chip.js";

/** @typedef {import("./control_api.js").DeadLetter} DeadLetter */

/** One dead letter: why it died, and what can be done with it. It never changes, so it is drawn once. */
export class DeadLetterView {
  node;
  #letter;
  #ago;

  /** @param {DeadLetter} letter */
  constructor(letter) {
    const { id, source, kind, name, error, stack, payload, diedAt } = letter;
    this.#letter = letter;
    this.#ago = element("time", { datetime: diedAt, title: dayAndTime(diedAt) });
    const spoken = source === "job" ? `job ${shortId(id)}` : `${name} to ${kind}/${letter.key}`;
    this.node = element(
      "li",
      { "class": "letter", "data-id": id, "data-source": source },
      element("div", { class: "letter-head" }, verdictChip(letter.verdict), ...addressOf(letter), this.#ago),
      element("p", { class: "letter-error" }, error.message),
      element("p", { class: "letter-facts" }, ...factsOf(letter)),
      element(
        "div",
        { class: "letter-folded" },
        ...(stack === null ? [] : [folded("Stack", stack)]),
        folded("Payload", JSON.stringify(payload, null, 2)),
      ),
      element("div", { class: "letter-acts" }, button("retry", "Retry", spoken), button("delete", "Delete", spoken)),
    );
  }

  get letter() {
    return this.#letter;
  }

  /**
   * Brings what depends on the time up to date.
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    setText(this.#ago, ago(this.#letter.diedAt, now));
  }
}

/** @param {DeadLetter} letter */
function addressOf({ source, kind, key, id, name }) {
  if (source === "job") {
    const spoken = `Open the job ${shortId(id)}`;
    return [
      element(
        "button",
        { "type": "button", "class": "opener", "data-act": "open", "title": id, "aria-label": `${kind}: ${spoken}` },
        element("strong", {}, kind),
        " ",
        element("code", {}, shortId(id)),
      ),
    ];
  }
  return [
    element("span", { class: "letter-address" }, element("strong", {}, kind), " ", element("code", {}, key)),
    element("span", { class: "letter-name" }, "message ", element("code", {}, name)),
  ];
}

/** @param {DeadLetter} letter */
function factsOf({ error, attempts, crashes, by, diedAt }) {
  const facts = [`${attempts} ${attempts === 1 ? "attempt" : "attempts"}`];
  if (crashes > 0) facts.push(`${crashes} ${crashes === 1 ? "crash" : "crashes"}`);
  facts.push(`sent by ${by}`, `given up ${dayAndTime(diedAt)}`);
  return [element("code", {}, error.code), ...facts.map((fact) => element("span", {}, fact))];
}

/**
 * @param {string} name
 * @param {string} text
 */
function folded(name, text) {
  return element("details", {}, element("summary", {}, name), element("pre", { tabindex: 0 }, text));
}

/**
 * @param {"retry" | "delete"} act
 * @param {string} label
 * @param {string} spoken what it is done to
 */
function button(act, label, spoken) {
  return element(
    "button",
    { "type": "button", "class": "small", "data-act": act, "aria-label": `${label} ${spoken}` },
    label,
  );
}
