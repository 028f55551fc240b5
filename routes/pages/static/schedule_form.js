/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { element, find, setText } from "./elements.js";
import { handsIn } from "./hand_in.js";
import { createSchedule } from "./schedule_api.js";
import { readOrder, readTiming } from "./schedule_order.js";
import { createSchedulePreview } from "./schedule_preview.js";

/** @typedef {import("./schedule_api.js").Schedule} Schedule */

/**
 * The section "New schedule".
 * @param {object} acts
 * @param {() => readonly import("./control_api.js").Kind[]} acts.kinds
 * @param {(schedule: Schedule) => void} acts.onCreated
 */
export function createScheduleForm({ kinds, onCreated }) {
  const form = find("schedule-form", HTMLFormElement);
  const button = find("schedule-create", HTMLButtonElement);
  const problem = find("schedule-problem", HTMLElement);
  const outcome = find("schedule-outcome", HTMLElement);
  const preview = createSchedulePreview(() => readTiming(new FormData(form)));

  const arrange = () => {
    const data = new FormData(form);
    for (const part of form.querySelectorAll("[data-part]")) {
      if (!(part instanceof HTMLFieldSetElement)) continue;
      part.hidden = part.dataset["part"] !== data.get("timing") && part.dataset["part"] !== data.get("sends");
    }
  };

  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  find("schedule-zone", HTMLInputElement).value = timeZone;
  find("schedule-zones", HTMLDataListElement).append(
    ...["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => element("option", { value: zone })),
  );
  handsIn({ form, button, problem, outcome }, {
    async send() {
      const schedule = await createSchedule(readOrder(form));
      setText(outcome, `On disk: ${schedule.name} ticks from now on.`);
      find("schedule-name", HTMLInputElement).value = "";
      onCreated(schedule);
    },
  });
  form.addEventListener("change", arrange);
  form.addEventListener("input", preview.ask);
  form.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !(target instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  arrange();

  return {
    /** What can be chosen changed, or the form is in sight for the first time. */
    kindsChanged() {
      const [jobs, actors] = [true, false].map((isJob) =>
        kinds().filter((kind) => !kind.isInternal && kind.isJob === isJob)
      );
      offer(find("schedule-type", HTMLSelectElement), jobs ?? []);
      offer(find("schedule-kind", HTMLSelectElement), actors ?? []);
    },
    /** The form is in sight. */
    shown: preview.ask,
  };
}

/**
 * Keeps what is chosen.
 * @param {HTMLSelectElement} select
 * @param {readonly { readonly name: string }[]} kinds
 */
function offer(select, kinds) {
  const chosen = select.value;
  const names = kinds.map(({ name }) => name);
  if ([...select.options].map(({ value }) => value).join() === names.join()) return;
  select.replaceChildren(...names.map((name) => element("option", { value: name, selected: name === chosen }, name)));
}
