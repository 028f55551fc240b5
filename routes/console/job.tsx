import type { JSX } from "hono/jsx/jsx-runtime";
import type { JobView } from "../job_view.ts";
import { getRoute, logsRoute } from "../jobs_read.ts";
import { Ago } from "./ago.tsx";
import { Attempts } from "./attempts.tsx";
import { Chip } from "./chip.tsx";
import { JobActs } from "./job_acts.tsx";
import { Card, Facts, Folded } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { duration, pretty } from "./wording.ts";

export async function jobPage(visit: Visit): Promise<View> {
  const id = visit.params["id"]!;
  const [job, attempts] = await Promise.all([
    visit.ask(getRoute, { params: { id } }),
    visit.ask(logsRoute, { params: { id } }),
  ]);
  return {
    title: job.type,
    topics: ["job"],
    subject: `job/${id}`,
    everyMs: job.status === "running" || job.status === "queued" ? 5_000 : 15_000,
    acts: <JobActs visit={visit} job={job} />,
    body: (
      <div class="stack">
        <Card title="The job" id="job-heading" acts={<JobChip job={job} />}>
          <Facts of={factsOf(visit, job)} />
          <Progress job={job} />
          {job.error !== null && (
            <p class="problem" id="job-error">
              <strong>{job.error.verdict}</strong> {job.error.message}
            </p>
          )}
          {job.result !== null && <Folded title="Result" id="result">{pretty(job.result)}</Folded>}
        </Card>
        <Card title="Attempts" id="attempts-heading">
          <Attempts visit={visit} job={job} attempts={attempts.items} />
        </Card>
      </div>
    ),
  };
}

function JobChip({ job: { status, paused } }: { job: JobView }): JSX.Element {
  return (
    <span id="job-status">
      <Chip status={status}>{paused ? "Queued, its type is paused" : undefined}</Chip>
    </span>
  );
}

function factsOf(visit: Visit, job: JobView) {
  const { id, run, attempts, maxAttempts, priority, batchId, createdAt, runAt, startedAt, finishedAt } = job;
  const took = startedAt !== null && finishedAt !== null ? Date.parse(finishedAt) - Date.parse(startedAt) : null;
  const { now } = visit;
  return {
    Id: <code>{id}</code>,
    Submitted: <Ago at={createdAt} now={now} />,
    "Due": finishedAt === null && Date.parse(runAt) > now ? <Ago at={runAt} now={now} /> : null,
    Ended: finishedAt === null ? null : <Ago at={finishedAt} now={now} />,
    "Last attempt took": took === null ? null : duration(took),
    Run: run === 1 ? null : String(run),
    Attempts: `${attempts} of ${maxAttempts}`,
    Priority: priority === 0 ? null : String(priority),
    Batch: batchId === null ? null : (
      <a href={visit.link("/console/jobs", { batchId })}>
        <code>{batchId}</code>
      </a>
    ),
  };
}

function Progress({ job: { progress, status } }: { job: JobView }): JSX.Element | null {
  if (progress === null || status !== "running") return null;
  const { done, total, note } = progress;
  return (
    <p class="progress" data-status={status}>
      <progress aria-label="Progress" value={total === undefined ? undefined : done} max={total ?? 1}></progress>
      <span class="progress-line">{note ?? (total === undefined ? `${done} done` : `${done} of ${total}`)}</span>
    </p>
  );
}
