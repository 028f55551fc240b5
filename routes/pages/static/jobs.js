/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { element, find, oncePerFrame, setText } from "./elements.js";
import { STATUS_NAMES } from "./job.js";
import { JobList } from "./job_list.js";
import { JobRows } from "./job_rows.js";

const TICK_MS = 1_000;

/**
 * The section "Jobs": filter, table, empty states and the way to older ones.
 * @param {object} acts
 * @param {(id: string) => void} acts.open
 * @param {(id: string, verb: "cancel" | "retry") => Promise<void>} acts.act
 */
export function createJobsSection({ open, act }) {
  const rows = new JobRows(find("jobs-rows", HTMLElement), { open, act: (id, verb) => report(act(id, verb)) });
  const filter = find("jobs-filter", HTMLFieldSetElement);
  const more = find("jobs-more", HTMLButtonElement);
  const empty = find("jobs-empty", HTMLElement);
  const problem = find("jobs-problem", HTMLElement);
  const table = /** @type {HTMLElement} */ (find("jobs-rows", HTMLElement).parentElement);

  const render = () => {
    const jobs = list.shown;
    rows.show(jobs, Date.now());
    const isEmpty = jobs.length === 0;
    table.hidden = isEmpty;
    empty.hidden = !isEmpty || list.state === "failed";
    if (!empty.hidden) empty.replaceChildren(...emptyState(list));
    more.hidden = isEmpty || !list.hasMore;
    more.disabled = list.state === "loading";
  };
  const list = new JobList(oncePerFrame(render));

  /** @param {Promise<void>} reading */
  const report = async (reading) => {
    problem.hidden = true;
    try {
      await reading;
    } catch (thrown) {
      setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
      problem.hidden = false;
    }
  };

  filter.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement) report(list.load(statusNamed(target.value)));
  });
  more.addEventListener("click", () => report(list.loadMore()));
  setInterval(() => rows.tick(Date.now()), TICK_MS);
  render();

  /** A browser that comes back to the page may have kept another choice than the first. */
  const chosen = () => filter.querySelector("input:checked")?.getAttribute("value") ?? "";
  return { list, rows, reload: () => report(list.load(statusNamed(chosen()))) };
}

/**
 * @param {string} name
 * @returns {import("./job.js").Status | null}
 */
function statusNamed(name) {
  return name === "" ? null : /** @type {import("./job.js").Status} */ (name);
}

/** @param {JobList} list */
function emptyState({ state, status }) {
  if (state === "loading") return [element("p", {}, "Reading the jobs…")];
  if (status !== null) {
    const title = `No job is ${STATUS_NAMES[status].toLowerCase()}`;
    return [
      element("strong", {}, title),
      element("p", {}, "One that is appears here by itself. “All” shows the others."),
    ];
  }
  return [
    element("strong", {}, "No jobs yet"),
    element("p", {}, "Press “Submit job” above: the example is ready to run, and its life shows up here."),
  ];
}
