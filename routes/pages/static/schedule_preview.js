/// <reference lib="dom" />
// @ts-check
import { Problem } from "./api.js";
import { element, find, setText } from "./elements.js";
import { previewSchedule } from "./schedule_api.js";
import { age, dayAndTime } from "./times.js";

const COUNT = 5;
/** For so long nothing is typed before it is asked. */
const QUIET_MS = 250;

/**
 * The next instants of what stands in the form, as it is typed: where it cannot be read, why.
 * @param {() => object} timing what the form says of when
 */
export function createSchedulePreview(timing) {
  const list = find("schedule-preview", HTMLOListElement);
  const note = find("schedule-preview-note", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let asked = 0;

  const ask = async () => {
    const mine = ++asked;
    const { instants, complaint } = await answerTo({ ...timing(), count: COUNT });
    // Something else was asked meanwhile.
    if (mine !== asked) return;
    const now = Date.now();
    list.replaceChildren(
      ...instants.map((at) =>
        element("li", {}, element("time", { datetime: at }, dayAndTime(at)), element("span", {}, age(at, now)))
      ),
    );
    note.dataset["state"] = complaint === null ? "good" : "bad";
    setText(note, complaint ?? "Next, in your time:");
  };

  return {
    ask() {
      clearTimeout(waiting);
      waiting = setTimeout(ask, QUIET_MS);
    },
  };
}

/**
 * @param {object} question
 * @returns {Promise<{ instants: readonly string[], complaint: string | null }>}
 */
async function answerTo(question) {
  try {
    return { ...await previewSchedule(question), complaint: null };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const [fault] = thrown.faults;
    return { instants: [], complaint: fault === undefined ? thrown.message : asSentence(fault.detail) };
  }
}

/** @param {string} detail */
function asSentence(detail) {
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}
