import type { JSX } from "hono/jsx/jsx-runtime";
import type { JobView } from "../job_view.ts";
import type { logsRoute } from "../jobs_read.ts";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Chip } from "./chip.tsx";
import { Empty, Folded } from "./parts.tsx";
import type { Visit } from "./visit.ts";
import { dayAndTime, duration, pretty } from "./wording.ts";

type Attempt = BodyOf<typeof logsRoute>["items"][number];

interface AttemptsProps {
  readonly visit: Visit;
  readonly job: JobView;
  readonly attempts: readonly Attempt[];
}

/** What happened to a job as a line of time, the newest first: attempts, and the waits between them. */
export function Attempts({ visit, job, attempts }: AttemptsProps): JSX.Element {
  const next = <Next visit={visit} job={job} />;
  if (attempts.length === 0 && job.finishedAt !== null) {
    return <Empty title="No attempt was made">It ended before.</Empty>;
  }
  return (
    <ol class="timeline">
      {job.finishedAt === null && next}
      {attempts.map((attempt, index) => (
        <>
          <One visit={visit} attempt={attempt} />
          {index > 0 && <Wait from={attempts[index - 1]!} to={attempt} />}
        </>
      )).reverse()}
    </ol>
  );
}

function Next({ visit, job }: { visit: Visit; job: JobView }): JSX.Element {
  const { status, runAt, startedAt, attempts } = job;
  return (
    <li id="next" data-status={status}>
      <div class="timeline-head">
        <Chip status={status}>{status === "running" ? "Running" : "Waiting"}</Chip>
        {status === "running"
          ? (
            <span class="soft">
              {`attempt ${attempts}, begun `}
              <Ago at={startedAt} now={visit.now} />
            </span>
          )
          : (
            <span class="soft">
              {attempts === 0 ? "due " : "tried again "}
              <Ago at={runAt} now={visit.now} />
            </span>
          )}
      </div>
    </li>
  );
}

function One({ visit, attempt: one }: { visit: Visit; attempt: Attempt }): JSX.Element {
  const { run, attempt, startedAt, finishedAt, outcome, error, lines } = one;
  const id = `attempt-${run}-${attempt}`;
  return (
    <li id={id} data-status={outcome}>
      <div class="timeline-head">
        <Chip status={outcome} />
        <strong>{`Attempt ${attempt}${run > 1 ? ` of run ${run}` : ""}`}</strong>
        <span class="soft">
          <Ago at={startedAt} now={visit.now} />
          {`, took ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`}
        </span>
      </div>
      {error !== null && (
        <div class="problem">
          <strong>{error.verdict}</strong> {error.message}
          {error.stack !== undefined && <Folded title="Stack" id={`${id}-stack`}>{error.stack}</Folded>}
        </div>
      )}
      {lines.length > 0 && (
        <ol class="log">
          {lines.map(({ at, level, message, fields }) => (
            <li data-level={level}>
              <time datetime={at} title={dayAndTime(at)}>{at.slice(11, 23)}</time>
              <span class="level">{level}</span>
              <span class="message">{message}</span>
              {fields !== undefined && <code>{pretty(fields).replaceAll(/\s+/g, " ")}</code>}
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}

function Wait({ from, to }: { from: Attempt; to: Attempt }): JSX.Element {
  const waitedMs = Date.parse(to.startedAt) - Date.parse(from.finishedAt);
  const why = from.run === to.run ? "between" : "until somebody retried it";
  return <li class="wait" id={`wait-${to.run}-${to.attempt}`}>{`${duration(waitedMs)} ${why}`}</li>;
}
