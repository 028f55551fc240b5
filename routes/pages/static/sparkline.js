/// <reference lib="dom" />
// @ts-check
import { svg } from "./svg.js";

const KEPT = 60;
const WIDTH = 120;
const HEIGHT = 28;

/** The last values of a number as a line; what it says in words stands in its label. */
export class Sparkline {
  node;
  /** Oldest first. @type {number[]} */
  #values = [];
  #line = svg("polyline", { class: "spark-line" });
  #area = svg("polygon", { class: "spark-area" });
  #what;

  /** @param {string} what whose values these are */
  constructor(what) {
    this.#what = what;
    this.node = svg(
      "svg",
      { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      this.#area,
      this.#line,
    );
    this.#draw();
  }

  /**
   * @param {number} value
   * @returns {void}
   */
  add(value) {
    this.#values.push(value);
    if (this.#values.length > KEPT) this.#values.shift();
    this.#draw();
  }

  #draw() {
    const most = Math.max(1, ...this.#values);
    const stepX = WIDTH / (KEPT - 1);
    const first = KEPT - this.#values.length;
    const points = this.#values.map((value, index) =>
      [(first + index) * stepX, HEIGHT - 1 - value / most * (HEIGHT - 3)].map((at) => at.toFixed(1)).join(",")
    );
    this.#line.setAttribute("points", points.join(" "));
    const [from, to] = [first * stepX, WIDTH].map((x) => `${x.toFixed(1)},${HEIGHT}`);
    this.#area.setAttribute("points", points.length === 0 ? "" : [from, ...points, to].join(" "));
    const highest = Math.round(most).toLocaleString("en-GB");
    const label = points.length === 0 ? `${this.#what}: nothing seen yet` : `${this.#what}: at most ${highest} lately`;
    this.node.setAttribute("aria-label", label);
  }
}
