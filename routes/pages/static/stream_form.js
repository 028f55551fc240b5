/// <reference lib="dom" />
// @ts-check
import { Problem } from "./api.js";
import { find, setText } from "./elements.js";
import { handsIn } from "./hand_in.js";
import { addStream } from "./parcel_api.js";

/**
 * The section "Follow a source".
 * @param {{ onAdded: (stream: import("./parcel_api.js").Stream) => void }} acts
 */
export function createStreamForm({ onAdded }) {
  const form = find("stream-form", HTMLFormElement);
  const button = find("stream-add", HTMLButtonElement);
  const problem = find("stream-problem", HTMLElement);
  const outcome = find("stream-outcome", HTMLElement);
  handsIn({ form, button, problem, outcome }, {
    async send() {
      const stream = await addStream(readOrder(new FormData(form)));
      form.reset();
      setText(outcome, `On disk: ${stream.name} is followed from its first event on.`);
      onAdded(stream);
    },
  });
}

/**
 * The form as `POST /api/streams` takes it.
 * @param {FormData} data
 * @returns {object}
 * @throws {Problem} when a line of the headers is none
 */
function readOrder(data) {
  /** @param {string} name */
  const text = (name) => String(data.get(name) ?? "").trim();
  /** @param {string} name */
  const number = (name) => text(name) === "" ? undefined : Number(text(name));
  const pollSeconds = number("pollSeconds");
  return {
    name: text("name"),
    baseUrl: text("baseUrl"),
    limit: number("limit"),
    pollIntervalMs: pollSeconds === undefined ? undefined : Math.round(pollSeconds * 1_000),
    consumers: number("consumers"),
    lookBack: number("lookBack"),
    headers: headersIn(text("headers")),
  };
}

/** @param {string} lines */
function headersIn(lines) {
  /** @type {[string, string][]} */
  const headers = [];
  for (const line of lines.split("\n").filter((line) => line.trim() !== "")) {
    const colon = line.indexOf(":");
    if (colon < 1) {
      throw new Problem("A header cannot be read", { faults: [{ pointer: "/headers", detail: NO_HEADER }] });
    }
    headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return Object.fromEntries(headers);
}

const NO_HEADER = "must be lines of a name, a colon and a value";
