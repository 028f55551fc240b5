import type { JSX } from "hono/jsx/jsx-runtime";
import { JOB_STATUSES, type JobView } from "../job_view.ts";
import { listRoute } from "../jobs_list.ts";
import { submitRoute } from "../jobs_submit.ts";
import { listRoute as kindsRoute } from "../kinds.ts";
import { Ago } from "./ago.tsx";
import { Chip } from "./chip.tsx";
import { NameField, StatusField } from "./filter_fields.tsx";
import { JobActs } from "./job_acts.tsx";
import { Empty, Pager } from "./parts.tsx";
import { TenantField } from "./tenant_field.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { shortId } from "./wording.ts";

export async function jobsPage(visit: Visit): Promise<View> {
  const { status, type, batchId, cursor } = visit.query;
  const createdFrom = instantOf(visit.query["createdFrom"]);
  const createdUntil = instantOf(visit.query["createdUntil"]);
  const [{ items, nextCursor }, kinds] = await Promise.all([
    visit.ask(listRoute, { query: { status, type, batchId, createdFrom, createdUntil, cursor } }),
    visit.ask(kindsRoute),
  ]);
  const types = kinds.items.filter(({ isJob }) => isJob).map(({ name }) => name);
  return {
    title: "Jobs",
    about: "Newest first. They change here as they change there.",
    topics: ["job", "kind"],
    acts: visit.mayCall(submitRoute)
      ? <a class="button primary" href={visit.link("/console/jobs/new")}>Submit a job</a>
      : null,
    body: (
      <section class="card" aria-label="Jobs">
        <Filter visit={visit} types={types} />
        {items.length === 0 ? <NoJobs visit={visit} /> : <JobTable visit={visit} jobs={items} />}
        <Pager visit={visit} nextCursor={nextCursor} />
      </section>
    ),
  };
}

function Filter({ visit, types }: { visit: Visit; types: readonly string[] }): JSX.Element {
  const { batchId = "", createdFrom = "", createdUntil = "" } = visit.query;
  return (
    <form class="filter" method="get" action={visit.path} autocomplete="off" data-auto>
      <StatusField visit={visit} statuses={["", ...JOB_STATUSES]} />
      <NameField visit={visit} name="type" label="Type" names={types} />
      <details class="more-filters" id="more-filters" open={batchId + createdFrom + createdUntil !== ""}>
        <summary>More</summary>
        <div class="filter-fields">
          <label class="field-inline">
            <span>From (UTC)</span>
            <input type="datetime-local" name="createdFrom" value={createdFrom} />
          </label>
          <label class="field-inline">
            <span>Until (UTC)</span>
            <input type="datetime-local" name="createdUntil" value={createdUntil} />
          </label>
          <label class="field-inline">
            <span>Batch</span>
            <input name="batchId" value={batchId} maxlength={100} spellcheck={false} />
          </label>
        </div>
      </details>
      <TenantField visit={visit} />
      <button type="submit" class="small">Show</button>
    </form>
  );
}

function JobTable({ visit, jobs }: { visit: Visit; jobs: readonly JobView[] }): JSX.Element {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col" class="wide">Status</th>
          <th scope="col">Job</th>
          <th scope="col" class="wide">What happened</th>
          <th scope="col" class="number">Attempts</th>
          <th scope="col">Age</th>
          <th scope="col" class="wide">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{jobs.map((job) => <JobRow visit={visit} job={job} />)}</tbody>
    </table>
  );
}

function JobRow({ visit, job }: { visit: Visit; job: JobView }): JSX.Element {
  const { id, type, status, paused, attempts, maxAttempts, createdAt } = job;
  const chip = <Chip status={status}>{paused ? "Paused" : undefined}</Chip>;
  return (
    <tr id={`job-${id}`}>
      <td class="wide">{chip}</td>
      <td>
        <a class="row-link" data-row href={visit.link(`/console/jobs/${id}`)}>
          {type} <span class="mono soft">{shortId(id)}</span>
        </a>
        <span class="below narrow">{chip} {whatHappened(job)}</span>
      </td>
      <td class="wide line">{whatHappened(job)}</td>
      <td class="number">{`${attempts} / ${maxAttempts}`}</td>
      <td class="age">
        <Ago at={createdAt} now={visit.now} />
      </td>
      <td class="wide acts-cell">
        <JobActs visit={visit} job={job} />
      </td>
    </tr>
  );
}

/** In a line, the newest that is known of it. */
function whatHappened({ status, error, lastError, progress }: JobView): string {
  const failure = error ?? lastError;
  if (failure !== null) return status === "succeeded" ? `Failed before: ${failure.message}` : failure.message;
  if (progress === null) return "";
  const { done, total, note } = progress;
  const share = total === undefined ? `${done} done` : `${done} of ${total}`;
  return note === undefined ? share : `${share}: ${note}`;
}

function NoJobs({ visit }: { visit: Visit }): JSX.Element {
  const { status, type, batchId, createdFrom, createdUntil } = visit.query;
  if ([status, type, batchId, createdFrom, createdUntil].some((value) => value !== undefined && value !== "")) {
    return (
      <Empty title="No such jobs">
        Nothing matches. <a href={visit.link(visit.path)}>Show all jobs</a>
      </Empty>
    );
  }
  return (
    <Empty title="No jobs yet">
      {visit.mayCall(submitRoute)
        ? (
          <>
            <a href={visit.link("/console/jobs/new")}>Submit one</a>, or POST /api/jobs.
          </>
        )
        : "They show here as soon as somebody submits one."}
    </Empty>
  );
}

/** What `datetime-local` says, read as UTC. */
function instantOf(local: string | undefined): string | undefined {
  if (local === undefined || local === "") return undefined;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? `${local}:00Z` : local;
}
