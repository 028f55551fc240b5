import type { JSX } from "hono/jsx/jsx-runtime";
import type { System } from "../../runtime/mod.ts";
import { hasRole } from "../access/principal.ts";
import { listRoute as lettersRoute } from "../dead_letters.ts";
import { healthRoute } from "../health.ts";
import { listRoute as jobsRoute } from "../jobs_list.ts";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { type Backlog, BacklogCards, backlogOf } from "./backlog.tsx";
import { Chart } from "./chart.tsx";
import { Chip } from "./chip.tsx";
import { Card, Empty } from "./parts.tsx";
import { type Point, POINT_SECONDS, type RecentTurns } from "./recent_turns.ts";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { count, duration } from "./wording.ts";

/** Of how many points the figures beside the charts are made: a minute. */
const NOW_POINTS = 60 / POINT_SECONDS;

export function overviewPage(system: System, turns: RecentTurns): (visit: Visit) => Promise<View> {
  return async (visit) => {
    // Who runs the installation and names no tenant sees all of it.
    const isWhole = hasRole(visit.principal, "platform") && visit.link("") === "";
    const points = turns.points(isWhole ? null : visit.tenant);
    const [health, letters, running, backlog] = await Promise.all([
      visit.ask(healthRoute),
      visit.ask(lettersRoute, { query: { limit: "6" } }),
      visit.ask(jobsRoute, { query: { limit: "6", status: "running" } }),
      backlogOf({ visit, system, turns, isWhole }),
    ]);
    return {
      title: "Overview",
      about: `${
        isWhole ? "All tenants" : `The tenant ${visit.tenant}`
      }, as the node that answers sees the last ten minutes.`,
      topics: ["job", "message"],
      everyMs: 5_000,
      acts: <Chip status={health.status} />,
      body: (
        <div class="stack">
          <Charts points={points} />
          <BacklogCards visit={visit} backlog={backlog} done={turns.doneByKind(isWhole ? null : visit.tenant)} />
          <div class="halves">
            <Running visit={visit} jobs={running.items} />
            <Letters visit={visit} letters={letters.items} />
          </div>
          <NodeCard health={health} backlog={backlog} />
        </div>
      ),
    };
  };
}

function Charts({ points }: { points: readonly Point[] }): JSX.Element {
  const latest = points.slice(-NOW_POINTS);
  const sum = (of: (point: Point) => number) => latest.reduce((total, point) => total + of(point), 0);
  const committed = sum((point) => point.committed);
  const failed = sum(({ retried, deadLettered }) => retried + deadLettered);
  const share = committed + failed === 0 ? 0 : failed / (committed + failed);
  const p95 = latest.findLast(({ durationP95 }) => durationP95 !== null)?.durationP95 ?? null;
  const waited = latest.findLast(({ waitP95 }) => waitP95 !== null)?.waitP95 ?? null;
  const rate = (value: number) => `${count(value)}/s`;
  return (
    <section class="charts" aria-label="The last ten minutes">
      <Chart
        id="throughput"
        title="Throughput"
        now={rate(committed / 60)}
        write={rate}
        series={[
          {
            name: "done",
            tone: "succeeded",
            filled: true,
            values: points.map((point) => point.committed / POINT_SECONDS),
          },
          { name: "taken in", tone: "running", values: points.map(({ accepted }) => accepted / POINT_SECONDS) },
        ]}
      />
      <Chart
        id="failures"
        title="Failures"
        now={`${count(Math.round(share * 1_000) / 10)} %`}
        write={rate}
        series={[
          {
            name: "retried",
            tone: "waiting",
            filled: true,
            values: points.map(({ retried }) => retried / POINT_SECONDS),
          },
          { name: "given up", tone: "failed", values: points.map(({ deadLettered }) => deadLettered / POINT_SECONDS) },
        ]}
      />
      <Chart
        id="latency"
        title="Latency of turns, p95"
        now={p95 === null ? "–" : duration(p95)}
        write={duration}
        series={[
          { name: "p95", tone: "running", values: points.map(({ durationP95 }) => durationP95) },
          { name: "p50", tone: "queued", values: points.map(({ durationP50 }) => durationP50) },
        ]}
      />
      <Chart
        id="waits"
        title="Wait for a turn, p95"
        now={waited === null ? "–" : duration(waited)}
        write={duration}
        series={[{ name: "p95", tone: "waiting", filled: true, values: points.map(({ waitP95 }) => waitP95) }]}
      />
    </section>
  );
}

function Running({ visit, jobs }: { visit: Visit; jobs: BodyOf<typeof jobsRoute>["items"] }): JSX.Element {
  return (
    <Card title="Running jobs" id="running-heading" acts={<a href={visit.link("/console/jobs")}>All jobs</a>}>
      {jobs.length === 0
        ? <Empty title="Nothing runs">Jobs that last longer than a moment show here while they run.</Empty>
        : (
          <ul class="short-list">
            {jobs.map(({ id, type, startedAt, progress }) => (
              <li id={`running-${id}`}>
                <a class="row-link" data-row href={visit.link(`/console/jobs/${id}`)}>{type}</a>
                <span class="soft line">{progress?.note ?? ""}</span>
                <span class="soft">
                  <Ago at={startedAt} now={visit.now} />
                </span>
              </li>
            ))}
          </ul>
        )}
    </Card>
  );
}

function Letters({ visit, letters }: { visit: Visit; letters: BodyOf<typeof lettersRoute>["items"] }): JSX.Element {
  return (
    <Card
      title="Given up lately"
      id="letters-heading"
      acts={<a href={visit.link("/console/dead-letters")}>Dead letters</a>}
    >
      {letters.length === 0
        ? <Empty title="Nothing was given up">What runs out of attempts shows here with its error.</Empty>
        : (
          <ul class="short-list">
            {letters.map(({ id, kind, source, error, diedAt }) => (
              <li id={`letter-${id}`}>
                <a
                  class="row-link"
                  data-row
                  href={visit.link(
                    source === "job" ? `/console/jobs/${id}` : "/console/dead-letters",
                    source === "job" ? {} : { kind },
                  )}
                >
                  {kind}
                </a>
                <span class="soft line">{error.message}</span>
                <span class="soft">
                  <Ago at={diedAt} now={visit.now} />
                </span>
              </li>
            ))}
          </ul>
        )}
    </Card>
  );
}

function NodeCard({ health, backlog }: { health: BodyOf<typeof healthRoute>; backlog: Backlog }): JSX.Element {
  const { upstreams, checks, running, queuedCommits, streams, storage, uptimeMs } = health;
  return (
    <Card title="The node" id="node-heading">
      <dl class="facts columns">
        <div>
          <dt>Storage</dt>
          <dd>
            <Chip status={storage} />
          </dd>
        </div>
        <div>
          <dt>Unhandled messages</dt>
          <dd>{count(backlog.total)}</dd>
        </div>
        <div>
          <dt>Being handled</dt>
          <dd>{count(running)}</dd>
        </div>
        <div>
          <dt>Commits queued</dt>
          <dd>{count(queuedCommits)}</dd>
        </div>
        <div>
          <dt>Event streams</dt>
          <dd>{count(streams)}</dd>
        </div>
        <div>
          <dt>Up for</dt>
          <dd>{duration(uptimeMs)}</dd>
        </div>
        {upstreams.map(({ name, breaker }) => (
          <div>
            <dt>{`Breaker of ${name}`}</dt>
            <dd>
              <Chip status={breaker} />
            </dd>
          </div>
        ))}
        {checks.map(({ name, status, detail }) => (
          <div>
            <dt>{`Check ${name}`}</dt>
            <dd>
              <Chip status={status} /> {detail}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
