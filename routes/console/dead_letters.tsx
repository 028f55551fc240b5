import type { JSX } from "hono/jsx/jsx-runtime";
import type { DeadLetterView } from "../dead_letter_view.ts";
import { listRoute } from "../dead_letters.ts";
import { discardRoute, retryRoute } from "../dead_letters_act.ts";
import { listRoute as kindsRoute } from "../kinds.ts";
import { ActButton } from "./act_button.tsx";
import { Ago } from "./ago.tsx";
import { pathOf } from "./ask.ts";
import { NameField } from "./filter_fields.tsx";
import { Empty, Folded, Pager } from "./parts.tsx";
import { TenantField } from "./tenant_field.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { pretty, shortId } from "./wording.ts";

const ANY = { id: "{id}" };

export async function deadLettersPage(visit: Visit): Promise<View> {
  const { kind, cursor } = visit.query;
  const [{ items, nextCursor }, kinds] = await Promise.all([
    visit.ask(listRoute, { query: { kind, cursor } }),
    visit.ask(kindsRoute),
  ]);
  return {
    title: "Dead letters",
    about: "What ran out of attempts, newest first. Mend the cause, then replay; or discard for good.",
    topics: ["job", "message"],
    body: (
      <section class="card" aria-label="Dead letters">
        <Filter visit={visit} kinds={kinds.items.map(({ name }) => name)} />
        {items.length > 0 && visit.mayCall(retryRoute) && <Bulk />}
        {items.length === 0
          ? <NoLetters visit={visit} kind={kind} />
          : <ul class="letters">{items.map((letter) => <Letter visit={visit} letter={letter} />)}</ul>}
        <Pager visit={visit} nextCursor={nextCursor} />
      </section>
    ),
  };
}

function Filter({ visit, kinds }: { visit: Visit; kinds: readonly string[] }): JSX.Element {
  return (
    <form class="filter" method="get" action={visit.path} autocomplete="off" data-auto>
      <NameField visit={visit} name="kind" label="Kind" names={kinds} />
      <TenantField visit={visit} />
      <button type="submit" class="small">Show</button>
    </form>
  );
}

function Bulk(): JSX.Element {
  return (
    <div class="bulk">
      <label class="field-inline">
        <input type="checkbox" data-pick-all />
        <span>All on this page</span>
      </label>
      <span class="soft" id="picked" data-kept>None selected</span>
      <button
        type="button"
        class="small"
        data-kept
        disabled
        data-bulk={pathOf(retryRoute, { params: ANY })}
        data-method={retryRoute.method.toUpperCase()}
        data-done="replayed"
      >
        Replay selected
      </button>
      <button
        type="button"
        class="small danger"
        data-kept
        disabled
        data-bulk={pathOf(discardRoute, { params: ANY })}
        data-method={discardRoute.method.toUpperCase()}
        data-done="discarded"
        data-confirm="Discard {n} dead letters for good? Failed jobs go with all their attempts."
      >
        Discard selected
      </button>
    </div>
  );
}

function Letter({ visit, letter }: { visit: Visit; letter: DeadLetterView }): JSX.Element {
  const { id, source, kind, key, name, attempts, crashes, error, verdict, diedAt, by, stack, payload } = letter;
  const of = `${kind} ${shortId(id)}`;
  const what = source === "job" ? kind : `${kind}/${key}`;
  const href = source === "job" ? `/console/jobs/${id}` : `/console/actors/${kind}/${encodeURIComponent(key)}`;
  return (
    <li class="letter" id={`letter-${id}`}>
      {visit.mayCall(retryRoute)
        ? <input type="checkbox" data-pick value={id} aria-label={`Select ${of}`} />
        : <span></span>}
      <div class="letter-text">
        <p>
          <a class="row-link" data-row href={visit.link(href)}>
            {what} <span class="mono soft">{source === "job" ? shortId(id) : name}</span>
          </a>
        </p>
        <p class="error">
          <strong>{verdict}</strong> {error.message}
        </p>
        <p class="soft">
          {`${attempts} ${attempts === 1 ? "attempt" : "attempts"}${
            crashes > 0 ? `, ${crashes} of them crashed` : ""
          }, given up `}
          <Ago at={diedAt} now={visit.now} />
          {`, sent by ${by}`}
        </p>
        <div class="letter-folds">
          {stack !== null && <Folded title="Stack" id={`stack-${id}`}>{stack}</Folded>}
          <Folded title="Payload" id={`payload-${id}`}>{pretty(payload)}</Folded>
        </div>
      </div>
      <div class="acts">
        <ActButton visit={visit} route={retryRoute} params={{ id }} of={of} done="Replayed">Replay</ActButton>
        <ActButton
          visit={visit}
          route={discardRoute}
          params={{ id }}
          of={of}
          tone="danger"
          done="Discarded"
          confirm={`Discard ${what} for good?${source === "job" ? " The job goes with all its attempts." : ""}`}
        >
          Discard
        </ActButton>
      </div>
    </li>
  );
}

function NoLetters({ visit, kind }: { visit: Visit; kind: string | undefined }): JSX.Element {
  if (kind === undefined || kind === "") {
    return <Empty title="No dead letters">Nothing was given up. What runs out of attempts is kept here.</Empty>;
  }
  return (
    <Empty title={`No dead letters of ${kind}`}>
      <a href={visit.link(visit.path)}>Show those of all kinds</a>
    </Empty>
  );
}
