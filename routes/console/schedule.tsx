import { getRoute } from "../schedules_list.ts";
import { ticksRoute } from "../schedules_ticks.ts";
import { Ago } from "./ago.tsx";
import { Chip } from "./chip.tsx";
import { Card, Empty, Facts, Folded, Pager } from "./parts.tsx";
import { ScheduleActs, targetOf, timingOf } from "./schedules.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { dayAndTime, duration, pretty } from "./wording.ts";

export async function schedulePage(visit: Visit): Promise<View> {
  const params = { name: visit.params["name"]! };
  const [schedule, ticks] = await Promise.all([
    visit.ask(getRoute, { params }),
    visit.ask(ticksRoute, { params, query: { cursor: visit.query["cursor"] } }),
  ]);
  const { catchUp, catchUpLimit, jitterMs, enabled, builtIn, nextAt, createdBy, target } = schedule;
  return {
    title: schedule.name,
    about: `Sends ${targetOf(schedule)}, ${timingOf(schedule)}.`,
    topics: ["schedule", "job"],
    everyMs: 5_000,
    acts: <ScheduleActs visit={visit} schedule={schedule} />,
    body: (
      <div class="stack">
        <Card title="The schedule" id="schedule-heading" acts={<Chip status={enabled ? "active" : "paused"} />}>
          <Facts
            of={{
              Next: nextAt === null ? "–" : (
                <>
                  <Ago at={nextAt} now={visit.now} /> <span class="soft">{dayAndTime(nextAt)}</span>
                </>
              ),
              "Missed instants": catchUp === "all" ? `all, up to ${catchUpLimit}` : catchUp,
              Jitter: jitterMs === 0 ? null : duration(jitterMs),
              Origin: builtIn ? "built in" : `declared by ${createdBy}`,
            }}
          />
          <Folded title="Payload" id="payload">{pretty(target.payload)}</Folded>
        </Card>
        <Card title="Runs" id="ticks-heading">
          {ticks.items.length === 0
            ? <Empty title="It has not run yet">Its first instant shows here; “Run now” does not wait for it.</Empty>
            : (
              <table class="rows">
                <thead>
                  <tr>
                    <th scope="col">Instant</th>
                    <th scope="col">What became of it</th>
                    <th scope="col" class="wide">Why then</th>
                    <th scope="col" class="wide">Sent to</th>
                  </tr>
                </thead>
                <tbody>
                  {ticks.items.map(({ instant, status, cause, by, key, error }) => (
                    <tr id={`tick-${Date.parse(instant)}`}>
                      <td class="nowrap">
                        {dayAndTime(instant).slice(0, -4)}
                        <span class="below">
                          <Ago at={instant} now={visit.now} />
                        </span>
                      </td>
                      <td>
                        <Chip status={status} />
                        {error !== null && <span class="below">{error}</span>}
                      </td>
                      <td class="wide">{by === null ? cause : `${cause} by ${by}`}</td>
                      <td class="wide">
                        {key !== null && target.type !== undefined
                          ? <a data-row href={visit.link(`/console/jobs/${key}`)}>the job</a>
                          : key}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          <Pager visit={visit} nextCursor={ticks.nextCursor} />
        </Card>
      </div>
    ),
  };
}
