/// <reference lib="dom" />
// @ts-check
import { act as carryOut } from "./api.js";
import { createDeadLetters } from "./dead_letters.js";
import { createDetail } from "./detail.js";
import { find } from "./elements.js";
import { createHealth } from "./health.js";
import { afterEvent, jobIdOf } from "./job.js";
import { createJobsSection } from "./jobs.js";
import { createKindSwitches } from "./kind_switches.js";
import { Kinds } from "./kinds.js";
import { createLiveSection } from "./live.js";
import { createMail } from "./mail.js";
import { createParkedActors } from "./parked_actors.js";
import { jobInAddress, putJobInAddress } from "./page_address.js";
import { createRefresher } from "./refresher.js";
import { followEvents } from "./stream.js";
import { createSchedules } from "./schedules.js";
import { createStreams } from "./streams.js";
import { createSubmitForm } from "./submit_form.js";
import { createTenantControl } from "./tenant_control.js";
import { createViews } from "./views.js";
import { createWhoControl } from "./who_control.js";

/**
 * Joins the sections. Data flows one way: the stream's events and the API's answers go to the list and the open job,
 * those draw; what a person does goes to the API, and comes back as events.
 *
 * @typedef {import("./job.js").Job} Job
 */

const health = createHealth();
const live = createLiveSection();
createTenantControl();
createWhoControl();

const views = createViews();
const parked = createParkedActors({ onCount: (text) => views.count("supervision", text) });
const letters = createDeadLetters({
  openJob: (id) => detail.open(id),
  onCount: (text) => views.count("dead-letters", text),
});
const kinds = new Kinds(() => {
  switches.render();
  schedules.kindsChanged();
  detail.refresh();
});
const switches = createKindSwitches({ kinds });
const readKinds = createRefresher(() => kinds.read(), { onFailed: () => health.check() });

const schedules = createSchedules({ kinds: () => kinds.all, openJob: (id) => detail.open(id) });
views.watch("schedules", schedules.show);
const streams = createStreams();
views.watch("streams", streams.show);
const mail = createMail();
views.watch("mail", mail.show);

const detail = createDetail({
  formatsOf: (type) => kinds.formatsOf(type),
  known: (id) => jobs.list.get(id),
  act,
  onSelect(id) {
    jobs.rows.select(id);
    putJobInAddress(id);
  },
  onClosed(id) {
    if (!jobs.rows.focus(id) && !letters.focus(id) && !schedules.focus(id)) find("main", HTMLElement).focus();
  },
});

const jobs = createJobsSection({ open: (id) => detail.open(id), act });

const form = createSubmitForm({
  onSubmitting() {
    const before = jobs.list.changes;
    return (job) => jobs.list.take(job, before);
  },
  onOpen: (id) => detail.open(id),
  onRefused: () => health.check(),
});

/**
 * @param {string} id
 * @param {"cancel" | "retry"} verb
 * @returns {Promise<void>}
 */
async function act(id, verb) {
  const before = jobs.list.changes;
  jobs.list.take(await carryOut(id, verb), before);
}

followEvents({
  onState(state) {
    live.show(state);
    health.check();
  },
  onGap() {
    jobs.reload();
    detail.refresh();
    letters.reload();
    schedules.reload();
    streams.reload();
    mail.reload();
    parked.reload();
    readKinds();
  },
  onEvent(told) {
    const event = withPause(told);
    live.add(event);
    letters.apply(event);
    parked.apply(event);
    streams.apply(event);
    mail.apply(event);
    if (event.type.startsWith("kind.")) {
      readKinds();
      jobs.reload();
    }
    const id = jobIdOf(event);
    if (id === null) return;
    form.show(afterEvent(jobs.list.get(id), event));
    jobs.list.apply(event);
    detail.apply(event);
  },
});

/**
 * Whether a job that waits again has to wait for its type is not in its event.
 * @param {import("./job.js").StreamEvent} event
 */
function withPause(event) {
  if (event.type !== "job.queued" && event.type !== "job.retrying") return event;
  return { ...event, data: { ...event.data, paused: kinds.isPaused(event.data.type) } };
}

const asked = jobInAddress();
if (asked !== null) detail.open(asked);
