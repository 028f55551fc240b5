/// <reference lib="dom" />
// @ts-check
import { Problem } from "./api.js";
import { setText } from "./elements.js";
import { clearFaults, showFaults } from "./faults_view.js";

/**
 * Hands in what a form says whenever it is submitted, one at a time; what is refused is shown where it belongs.
 * @param {object} parts
 * @param {HTMLFormElement} parts.form
 * @param {HTMLButtonElement} parts.button
 * @param {HTMLElement} parts.problem
 * @param {HTMLElement} parts.outcome
 * @param {object} acts
 * @param {() => Promise<void>} acts.send rejects with a `Problem` when it is refused
 * @param {() => void} [acts.onRefused]
 * @param {() => void} [acts.onEnded] whichever way it went
 */
export function handsIn({ form, button, problem, outcome }, { send, onRefused, onEnded }) {
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    clearFaults(form, problem);
    button.setAttribute("aria-disabled", "true");
    setText(outcome, "Handing it in…");
    try {
      await send();
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      setText(outcome, "");
      showFaults(form, problem, thrown);
      onRefused?.();
    } finally {
      busy = false;
      onEnded?.();
      button.removeAttribute("aria-disabled");
    }
  });
  return {
    /** Whether something is on its way. */
    get busy() {
      return busy;
    },
  };
}
