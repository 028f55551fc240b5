/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { find, setText } from "./elements.js";
import { handsIn } from "./hand_in.js";
import { optionFields } from "./option_fields.js";
import { readSubmission, submit } from "./submission.js";

/** @typedef {import("./job.js").Job} Job */

const HINTS = /** @type {Readonly<Record<string, string>>} */ ({
  import: "Reads rows into a dataset and lists the bad ones with the reason.",
  report: "Sums up what became of the jobs of a period, at most 31 days.",
  other: "Runs any job type of this installation.",
});

const REMEMBERED = 1_000;

/**
 * The section "Submit a job".
 * @param {object} acts
 * @param {() => (job: Job) => void} acts.onSubmitting called before the question, its answer with the job
 * @param {(id: string) => void} acts.onOpen
 * @param {() => void} acts.onRefused
 */
export function createSubmitForm({ onSubmitting, onOpen, onRefused }) {
  const form = find("submit-form", HTMLFormElement);
  const button = find("submit-button", HTMLButtonElement);
  const problem = find("submit-problem", HTMLElement);
  const outcome = find("submit-outcome", HTMLElement);
  const opener = find("submit-open", HTMLButtonElement);
  const file = find("file", HTMLInputElement);
  /** The job that the line beside the button speaks of. @type {string | null} */
  let followed = null;
  /** Events may be faster than the answer to the submission they speak of. @type {Map<string, Job>} */
  const meanwhile = new Map();

  const arrange = () => {
    const type = chosenType(form);
    setText(find("type-hint", HTMLElement), HINTS[type] ?? "");
    for (const editor of form.querySelectorAll("[data-editor]")) {
      if (editor instanceof HTMLFieldSetElement) editor.hidden = editor.dataset["editor"] !== type;
    }
    const uploads = type === "import" && (file.files?.length ?? 0) > 0;
    find("content", HTMLTextAreaElement).disabled = uploads;
    find("file-remove", HTMLButtonElement).hidden = !uploads;
    find("options-fields", HTMLFieldSetElement).disabled = uploads;
    find("options-hint", HTMLElement).hidden = !uploads;
  };

  const handing = handsIn({ form, button, problem, outcome }, {
    async send() {
      opener.hidden = true;
      followed = null;
      const submission = readSubmission(form);
      const accept = onSubmitting();
      const job = await submit(submission);
      followed = job.id;
      opener.hidden = false;
      accept(job);
      show(meanwhile.get(job.id) ?? job);
    },
    onRefused,
    onEnded: () => meanwhile.clear(),
  });

  /** @param {Job} job */
  const show = (job) => {
    if (handing.busy && meanwhile.size < REMEMBERED) meanwhile.set(job.id, job);
    if (job.id !== followed) return;
    outcome.dataset["status"] = job.status;
    setText(outcome, sentence(job));
  };

  find("option-fields", HTMLElement).append(...optionFields());
  form.addEventListener("change", arrange);
  find("file-remove", HTMLButtonElement).addEventListener("click", () => {
    file.value = "";
    arrange();
    find("content", HTMLTextAreaElement).focus();
  });
  form.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !(target instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  opener.addEventListener("click", () => {
    if (followed !== null) onOpen(followed);
  });
  arrange();

  return { show };
}

/** @param {HTMLFormElement} form */
function chosenType(form) {
  return String(new FormData(form).get("type"));
}

/** @param {Job} job */
function sentence({ type, status, attempts, lastError, error }) {
  switch (status) {
    case "queued":
      return lastError === null
        ? `On disk: the ${type} is queued.`
        : `Attempt ${attempts} failed, it will be tried again.`;
    case "running":
      return `The ${type} is running.`;
    case "succeeded":
      return `The ${type} has succeeded.`;
    case "failed":
      return `The ${type} has failed: ${error?.message ?? "see its attempts"}`;
    case "cancelled":
      return `The ${type} was cancelled.`;
  }
}
