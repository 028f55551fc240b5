// @ts-check
import { actOnKind, listKinds } from "./control_api.js";

/** @typedef {import("./control_api.js").Kind} Kind */

/** The kinds of this installation, and which of them are paused for this tenant. */
export class Kinds {
  /** @type {readonly Kind[]} */
  all = [];
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @returns {readonly Kind[]} */
  get paused() {
    return this.all.filter(({ paused }) => paused !== null);
  }

  /**
   * @param {string} name
   * @returns {boolean}
   */
  isPaused(name) {
    return this.paused.some((kind) => kind.name === name);
  }

  /**
   * What the result of a job of this type can be read as; JSON alone as long as nothing is known.
   * @param {string} type
   * @returns {readonly { name: string, title: string }[]}
   */
  formatsOf(type) {
    return this.all.find(({ name }) => name === type)?.formats ?? [{ name: "json", title: "JSON" }];
  }

  /**
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async read() {
    this.all = (await listKinds()).items;
    this.#onChange();
  }

  /**
   * @param {string} name
   * @param {"pause" | "resume"} verb
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async act(name, verb) {
    const changed = await actOnKind(name, verb);
    this.all = this.all.map((kind) => kind.name === name ? changed : kind);
    this.#onChange();
  }
}
