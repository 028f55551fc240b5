/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { STATUS_NAMES } from "./job.js";

/** A status as a word with a coloured dot, so that colour is never the only sign. */
export class StatusChip {
  node = element("span", { class: "chip" });
  #text = document.createTextNode("");

  constructor() {
    this.node.append(element("span", { "class": "dot", "aria-hidden": "true" }), this.#text);
  }

  /**
   * @param {import("./job.js").Status} status
   * @returns {void}
   */
  show(status) {
    if (this.node.dataset["status"] === status) return;
    this.node.dataset["status"] = status;
    setText(this.#text, STATUS_NAMES[status]);
  }
}
