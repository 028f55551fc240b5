import type { JSX } from "hono/jsx/jsx-runtime";
import type { JobView } from "../job_view.ts";
import { cancelRoute, retryRoute } from "../jobs_act.ts";
import { ActButton } from "./act_button.tsx";
import type { Visit } from "./visit.ts";
import { shortId } from "./wording.ts";

/** What can be done to a job as it is. */
export function JobActs({ visit, job: { id, type, status } }: { visit: Visit; job: JobView }): JSX.Element {
  const of = `${type} ${shortId(id)}`;
  if (status === "queued" || status === "running") {
    return (
      <ActButton visit={visit} route={cancelRoute} params={{ id }} of={of} done="Cancelled, or told to stop">
        Cancel
      </ActButton>
    );
  }
  return <ActButton visit={visit} route={retryRoute} params={{ id }} of={of} done="Queued again">Retry</ActButton>;
}
