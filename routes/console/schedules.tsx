import type { JSX } from "hono/jsx/jsx-runtime";
import { pauseRoute, resumeRoute, runRoute } from "../schedules_act.ts";
import { listRoute } from "../schedules_list.ts";
import { ActButton } from "./act_button.tsx";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Chip } from "./chip.tsx";
import { Empty, Pager } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { duration } from "./wording.ts";

type Schedule = BodyOf<typeof listRoute>["items"][number];

export async function schedulesPage(visit: Visit): Promise<View> {
  const { items, nextCursor } = await visit.ask(listRoute, { query: { cursor: visit.query["cursor"] } });
  return {
    title: "Schedules",
    about: "Each instant sends once in the whole cluster; what was missed is caught up as its policy says.",
    topics: ["schedule", "job"],
    everyMs: 5_000,
    acts: <a class="button" href={visit.link("/", { view: "schedules" })}>New schedule</a>,
    body: (
      <section class="card" aria-label="Schedules">
        {items.length === 0
          ? (
            <Empty title="No schedules yet">
              <a href={visit.link("/", { view: "schedules" })}>Make one</a>, or POST /api/schedules.
            </Empty>
          )
          : <ScheduleTable visit={visit} schedules={items} />}
        <Pager visit={visit} nextCursor={nextCursor} older="More" />
      </section>
    ),
  };
}

function ScheduleTable({ visit, schedules }: { visit: Visit; schedules: readonly Schedule[] }): JSX.Element {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Schedule</th>
          <th scope="col" class="wide">Sends</th>
          <th scope="col" class="wide">Next</th>
          <th scope="col" class="wide">Last</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {schedules.map((schedule) => (
          <tr id={`schedule-${schedule.name}`}>
            <td>
              <a class="row-link" data-row href={visit.link(`/console/schedules/${schedule.name}`)}>{schedule.name}</a>
              <span class="below">{timingOf(schedule)}</span>
              <span class="below narrow">
                {schedule.enabled
                  ? (
                    <>
                      next <Ago at={schedule.nextAt} now={visit.now} />
                    </>
                  )
                  : <Chip status="paused" />}
              </span>
            </td>
            <td class="wide">{targetOf(schedule)}</td>
            <td class="wide nowrap">
              {schedule.enabled ? <Ago at={schedule.nextAt} now={visit.now} /> : <Chip status="paused" />}
            </td>
            <td class="wide nowrap">
              {schedule.last === null ? <span class="none">never</span> : (
                <>
                  <Chip status={schedule.last.status} /> <Ago at={schedule.last.at} now={visit.now} />
                </>
              )}
            </td>
            <td class="acts-cell">
              <ScheduleActs visit={visit} schedule={schedule} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ScheduleActs(
  { visit, schedule: { name, enabled } }: { visit: Visit; schedule: Pick<Schedule, "name" | "enabled"> },
): JSX.Element {
  const params = { name };
  return (
    <>
      <ActButton visit={visit} route={runRoute} params={params} of={name} done={`${name} is sent`}>Run now</ActButton>
      {enabled
        ? (
          <ActButton visit={visit} route={pauseRoute} params={params} of={name} done={`${name} is paused`}>
            Pause
          </ActButton>
        )
        : (
          <ActButton visit={visit} route={resumeRoute} params={params} of={name} done={`${name} ticks`}>
            Resume
          </ActButton>
        )}
    </>
  );
}

export function timingOf({ cron, timeZone, everyMs }: Pick<Schedule, "cron" | "timeZone" | "everyMs">): string {
  return cron === null ? `every ${duration(everyMs ?? 0)}` : `${cron} ${timeZone ?? ""}`;
}

export function targetOf({ target }: Pick<Schedule, "target">): string {
  if (target.type !== undefined) return `a job ${target.type}`;
  return `${target.message} to ${target.kind}/${target.key ?? "a new one"}`;
}
