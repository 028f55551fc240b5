/// <reference lib="dom" />
// @ts-check
import { breakerChip } from "./breaker_chip.js";
import { element, setText } from "./elements.js";
import { Sparkline } from "./sparkline.js";
import { stateBar } from "./state_bar.js";
import { ago, dayAndTime, roughly } from "./times.js";

/** @typedef {import("./parcel_api.js").Stream} Stream */

const STATUS = /** @type {const} */ ({
  running: ["running", "Running"],
  paused: ["cancelled", "Paused"],
  failing: ["failed", "Failing"],
  parked: ["failed", "Parked"],
});

/** One stream on the board; what has the focus in it keeps it while it changes. */
export class StreamRow {
  node;
  #stream;
  #status = element("span", { class: "chip" });
  #source = element("span", { class: "stream-source" });
  #rate = element("dd");
  #spark;
  #checkpoint = element("dd");
  #processed = element("dd");
  #lag = element("dd");
  #breaker = element("dd");
  #error = element("p", { class: "stream-error" });
  #parcels = element("div", { class: "stream-parcels" });
  #switch;
  #opener;
  #reset;

  /** @param {Stream} stream */
  constructor(stream) {
    const { name } = stream;
    this.#stream = stream;
    this.#spark = new Sparkline(`Events per second of ${name}`);
    this.#switch = element("button", {
      "type": "button",
      "class": "switch",
      "role": "switch",
      "data-act": "switch",
      "aria-label": `${name} runs`,
    });
    const id = `reset-${name}`;
    this.#opener = button("open-reset", "Reset", { "aria-label": `Reset ${name}`, "aria-expanded": "false" });
    this.#reset = element(
      "form",
      { class: "stream-reset", hidden: true, novalidate: true },
      element("label", { for: id }, "Go on after the event id"),
      element("input", { id, name: "eventId", type: "number", min: 0, step: 1, value: "0" }),
      element("button", { type: "submit", class: "small" }, "Reset"),
      element("span", { class: "hint" }, "0 reads everything again; what was applied before changes nothing."),
    );
    this.node = element(
      "li",
      { "class": "stream", "data-name": name },
      element("div", { class: "stream-head" }, element("strong", {}, name), this.#status, this.#source),
      element(
        "div",
        { class: "stream-acts" },
        this.#opener,
        button("delete", "Delete", { "aria-label": `Delete ${name}` }),
        this.#switch,
      ),
      this.#reset,
      element(
        "dl",
        { class: "stream-facts" },
        element("div", { class: "stream-rate" }, element("dt", {}, "Events/s"), this.#rate),
        fact("Checkpoint", this.#checkpoint),
        fact("Lag", this.#lag),
        fact("Processed", this.#processed),
        fact("Breaker", this.#breaker),
      ),
      this.#spark.node,
      this.#parcels,
      this.#error,
    );
    this.show(stream);
  }

  get stream() {
    return this.#stream;
  }

  /**
   * @param {Stream} stream
   * @returns {void}
   */
  show(stream) {
    const { status, baseUrl, checkpoint, processed, eventsPerSecond, lastError, failedAt, consumers, breaker } = stream;
    this.#stream = stream;
    const [like, word] = STATUS[status];
    this.#status.dataset["status"] = like;
    this.#status.replaceChildren(element("span", { "class": "dot", "aria-hidden": "true" }), word);
    const share = consumers === 0 ? "" : ` · ${consumers} consumers`;
    setText(this.#source, `${baseUrl ?? "the server's scan API"}${share}`);
    setText(this.#rate, rateText(status === "running" ? eventsPerSecond : 0));
    this.#spark.add(status === "running" ? eventsPerSecond : 0);
    setText(this.#checkpoint, checkpoint.toLocaleString("en-GB"));
    setText(this.#processed, processed.toLocaleString("en-GB"));
    this.#switch.setAttribute("aria-checked", String(status !== "paused"));
    setText(this.#switch, status === "paused" ? "Paused" : "Runs");
    this.#error.hidden = lastError === null;
    this.#error.dataset["state"] = status === "failing" || status === "parked" ? "now" : "past";
    this.#breaker.replaceChildren(breaker === null ? "not called lately" : breakerChip(breaker));
    setText(this.#lag, lagText(stream));
    this.#error.title = failedAt === null ? "" : dayAndTime(failedAt);
    this.tick(Date.now());
  }

  /** Opens what a reset asks for, or closes it. */
  toggleReset() {
    this.#reset.hidden = !this.#reset.hidden;
    this.#opener.setAttribute("aria-expanded", String(!this.#reset.hidden));
    if (this.#reset.hidden) this.#opener.focus();
    else this.#reset.querySelector("input")?.focus();
  }

  /**
   * @param {readonly { readonly type: string, readonly parcels: number }[]} counts
   * @returns {void}
   */
  showParcels(counts) {
    this.#parcels.replaceChildren(...stateBar(counts));
  }

  /**
   * Brings what depends on the time up to date.
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    const { lastError, failedAt, failures } = this.#stream;
    if (lastError === null) return;
    const again = failures > 1 ? `, ${failures} times in a row` : "";
    setText(this.#error, failedAt === null ? lastError : `${ago(failedAt, now)}${again}: ${lastError}`);
  }
}

/**
 * @param {string} name
 * @param {HTMLElement} value
 */
function fact(name, value) {
  return element("div", {}, element("dt", {}, name), value);
}

/** @param {number} perSecond */
function rateText(perSecond) {
  return perSecond >= 10 ? Math.round(perSecond).toLocaleString("en-GB") : perSecond.toFixed(1);
}

/** @param {Stream} stream */
function lagText({ behind, lagMs }) {
  if (lagMs === null) return "not read yet";
  return behind ? roughly(lagMs) : "none";
}

/**
 * @param {"open-reset" | "delete"} act
 * @param {string} label
 * @param {Record<string, string>} attributes
 */
function button(act, label, attributes) {
  return element("button", { "type": "button", "class": "small", "data-act": act, ...attributes }, label);
}
