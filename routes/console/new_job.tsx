import { submitRoute } from "../jobs_submit.ts";
import { listRoute as kindsRoute } from "../kinds.ts";
import { pathOf, Refused } from "./ask.ts";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

/** A number that may be left out, of the body. */
const OPTIONS = [
  { name: "delayMs", label: "Delay", hint: "ms", min: 0 },
  { name: "priority", label: "Priority", hint: "-1,000 to 1,000", min: -1_000 },
  { name: "maxAttempts", label: "Attempts at most", hint: "1 to 100", min: 1 },
  { name: "timeoutMs", label: "Time for each", hint: "ms", min: 1 },
];

export async function newJobPage(visit: Visit): Promise<View> {
  if (!visit.mayCall(submitRoute)) throw new Refused(403, `This takes the role ${submitRoute.access}`);
  const { items } = await visit.ask(kindsRoute);
  const types = items.filter(({ isJob, isInternal }) => isJob && !isInternal);
  return {
    title: "Submit a job",
    about: "It is on disk before this page says so, and runs after.",
    body: (
      <section class="card" aria-label="The job">
        <form
          class="order"
          data-method="POST"
          data-act={pathOf(submitRoute)}
          data-done="Submitted"
          data-then={visit.link("/console/jobs/{id}")}
        >
          <div class="problem" role="alert" hidden></div>
          <div class="field">
            <label for="type">Type</label>
            <select id="type" name="type" required>
              {types.map(({ name }) => <option value={name} selected={name === visit.query["type"]}>{name}</option>)}
            </select>
          </div>
          <div class="field">
            <label for="payload">Payload</label>
            <textarea
              id="payload"
              name="payload"
              rows={10}
              spellcheck={false}
              data-as="json"
              aria-describedby="payload-hint"
            >
              {"{}"}
            </textarea>
            <p class="hint" id="payload-hint">
              JSON; what a type wants is in <a href="/docs">the API's documents</a>.
            </p>
          </div>
          <details id="options">
            <summary>Options</summary>
            <div class="order-options">
              {OPTIONS.map(({ name, label, hint, min }) => (
                <label class="field">
                  <span>
                    {label} <span class="optional">{hint}</span>
                  </span>
                  <input type="number" name={name} min={min} data-as="number" />
                </label>
              ))}
              <label class="field">
                <span>
                  Dedupe key <span class="optional">one unfinished job at a time</span>
                </span>
                <input name="dedupeKey" maxlength={200} />
              </label>
            </div>
          </details>
          <p class="acts">
            <button type="submit" class="primary">Submit</button>
          </p>
        </form>
      </section>
    ),
  };
}
