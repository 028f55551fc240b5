import { submitRoute } from "../jobs_submit.ts";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

/** So many events that were before show at once. */
const BEFORE = 100;

export function livePage(visit: Visit): View {
  return {
    title: "Live feed",
    about: "The tenant's events as they are committed, without a gap or a duplicate; the newest 500 stay.",
    acts: <button type="button" id="feed-pause" data-kept>Pause</button>,
    everyMs: 3_600_000,
    body: (
      <section class="card" aria-label="Events">
        <form class="filter" role="search">
          <label class="field-inline">
            <span>Only with</span>
            <input id="feed-filter" data-filter placeholder="job.failed" autocomplete="off" spellcheck={false} />
          </label>
        </form>
        <ol class="feed" id="feed" data-kept data-after={String(Math.max(0, visit.lastEvent - BEFORE))}></ol>
        <div class="empty" id="feed-empty" data-kept hidden={visit.lastEvent > 0}>
          <strong>No events yet</strong>
          <p>
            They show here as they happen
            {visit.mayCall(submitRoute) && (
              <>
                : <a href={visit.link("/console/jobs/new")}>submit a job</a> to see some
              </>
            )}.
          </p>
        </div>
      </section>
    ),
  };
}
