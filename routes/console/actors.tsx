import type { JSX } from "hono/jsx/jsx-runtime";
import { listRoute, resumeRoute } from "../actors_control.ts";
import { listRoute as kindsRoute, pauseRoute, resumeRoute as resumeKindRoute } from "../kinds.ts";
import { ActButton } from "./act_button.tsx";
import { type Placed, supervisionTree } from "./actor_tree.ts";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Chip } from "./chip.tsx";
import { NameField, StatusField } from "./filter_fields.tsx";
import { Card, Empty, Pager } from "./parts.tsx";
import { TenantField } from "./tenant_field.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

const STATUSES = ["", "parked", "waiting", "idle"];

type Kinds = BodyOf<typeof kindsRoute>["items"];

export async function actorsPage(visit: Visit): Promise<View> {
  const { kind, status, cursor } = visit.query;
  const [{ items, nextCursor }, kinds] = await Promise.all([
    visit.ask(listRoute, { query: { kind, status, cursor, limit: "100" } }),
    visit.ask(kindsRoute),
  ]);
  return {
    title: "Actors",
    about: "Those that have state, mail or a supervisor; children stand below who supervises them.",
    topics: ["actor", "kind", "message"],
    everyMs: 5_000,
    body: (
      <div class="stack">
        <section class="card" aria-label="Actors">
          <Filter visit={visit} kinds={kinds.items} />
          {items.length === 0
            ? <NoActors visit={visit} />
            : <ActorTable visit={visit} placed={supervisionTree(items)} />}
          <Pager visit={visit} nextCursor={nextCursor} older="More" />
        </section>
        <KindsCard visit={visit} kinds={kinds.items} />
      </div>
    ),
  };
}

function Filter({ visit, kinds }: { visit: Visit; kinds: Kinds }): JSX.Element {
  return (
    <form class="filter" method="get" action={visit.path} autocomplete="off" data-auto>
      <StatusField visit={visit} statuses={STATUSES} />
      <NameField visit={visit} name="kind" label="Kind" names={kinds.map(({ name }) => name)} />
      <TenantField visit={visit} />
      <button type="submit" class="small">Show</button>
    </form>
  );
}

function ActorTable({ visit, placed }: { visit: Visit; placed: readonly Placed[] }): JSX.Element {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Actor</th>
          <th scope="col" class="wide">State</th>
          <th scope="col" class="wide">Why</th>
          <th scope="col" class="number wide">Restarts</th>
          <th scope="col" class="wide">Changed</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{placed.map((each) => <ActorRow visit={visit} placed={each} />)}</tbody>
    </table>
  );
}

function ActorRow({ visit, placed: { sight, depth } }: { visit: Visit; placed: Placed }): JSX.Element {
  const { kind, key, status, running, updatedAt, parent, parked, restarts } = sight;
  const name = `${kind}/${key}`;
  const chip = <Chip status={running ? "running" : status} />;
  return (
    <tr id={`actor-${kind}-${key}`}>
      <td class="grow">
        <div class="tree-name">
          {depth > 0 && (
            <svg aria-hidden="true" width={16 * depth} height="18">
              <path d={`M${16 * depth - 9},0 v9 h8`} fill="none" stroke="currentColor" stroke-width="1.5" />
            </svg>
          )}
          <span>
            <a class="row-link" data-row href={visit.link(`/console/actors/${kind}/${encodeURIComponent(key)}`)}>
              {kind}
              <span class="soft">/</span>
              {key}
            </a>
            {depth === 0 && parent !== null && <span class="below">{`below ${parent.kind}/${parent.key}`}</span>}
            <span class="below narrow">{chip} {parked?.reason}</span>
          </span>
        </div>
      </td>
      <td class="wide">{chip}</td>
      <td class="wide line" title={parked?.reason}>
        {parked === null ? "" : parked.because === null ? parked.reason : `because of ${parked.because}`}
      </td>
      <td class="number wide">{restarts.length === 0 ? "" : String(restarts.length)}</td>
      <td class="wide age">
        <Ago at={updatedAt} now={visit.now} />
      </td>
      <td class="acts-cell">
        {parked !== null && (
          <ActButton visit={visit} route={resumeRoute} params={{ kind, key }} of={name} done={`${name} goes on`}>
            Resume
          </ActButton>
        )}
      </td>
    </tr>
  );
}

function KindsCard({ visit, kinds }: { visit: Visit; kinds: Kinds }): JSX.Element {
  return (
    <Card title="Kinds" id="kinds-heading">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Messages</th>
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ name, isJob, paused }) => (
            <tr id={`kind-${name}`}>
              <th scope="row">
                {name}
                {isJob && <span class="soft below">job</span>}
              </th>
              <td>
                {paused === null ? <Chip status="active">Run</Chip> : <Chip status="paused">Wait</Chip>}
                {paused !== null && (
                  <span class="below">
                    since <Ago at={paused.at} now={visit.now} />
                    {`, by ${paused.by}`}
                  </span>
                )}
              </td>
              <td class="acts-cell">
                {paused === null
                  ? (
                    <ActButton
                      visit={visit}
                      route={pauseRoute}
                      params={{ kind: name }}
                      of={name}
                      done={`${name} is paused`}
                    >
                      Pause
                    </ActButton>
                  )
                  : (
                    <ActButton
                      visit={visit}
                      route={resumeKindRoute}
                      params={{ kind: name }}
                      of={name}
                      done={`${name} runs`}
                    >
                      Resume
                    </ActButton>
                  )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function NoActors({ visit }: { visit: Visit }): JSX.Element {
  const { kind = "", status = "" } = visit.query;
  if (kind + status === "") {
    return (
      <Empty title="No actors yet">One begins with its first message: POST /api/actors/counter/main/add, say.</Empty>
    );
  }
  return (
    <Empty title={status === "parked" ? "Nothing is parked" : "No such actors"}>
      <a href={visit.link(visit.path)}>Show all actors</a>
    </Empty>
  );
}
