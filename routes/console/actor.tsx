import { inspectRoute } from "../actors.ts";
import { resumeRoute } from "../actors_control.ts";
import { ActButton } from "./act_button.tsx";
import { Ago } from "./ago.tsx";
import { Chip } from "./chip.tsx";
import { Card, Empty, Facts } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { count, pretty } from "./wording.ts";

export async function actorPage(visit: Visit): Promise<View> {
  const { kind = "", key = "" } = visit.params;
  const params = { kind, key };
  const actor = await visit.ask(inspectRoute, { params });
  const { state, version, updatedAt, mailboxDepth, running, parked } = actor;
  const status = running ? "running" : parked !== null ? "parked" : mailboxDepth > 0 ? "waiting" : "idle";
  const name = `${kind}/${key}`;
  return {
    title: name,
    topics: [kind, "actor", "message"],
    everyMs: 2_000,
    acts: parked === null
      ? null
      : (
        <ActButton visit={visit} route={resumeRoute} params={params} tone="primary" done={`${name} goes on`}>
          Resume
        </ActButton>
      ),
    body: (
      <div class="stack">
        <Card title="The actor" id="actor-heading" acts={<Chip status={status} />}>
          <Facts
            of={{
              Kind: <a href={visit.link("/console/actors", { kind })}>{kind}</a>,
              Key: <code>{key}</code>,
              Mailbox: `${count(mailboxDepth)} ${mailboxDepth === 1 ? "message" : "messages"}`,
              Version: count(version),
              Changed: <Ago at={updatedAt} now={visit.now} />,
            }}
          />
          {parked !== null && (
            <p class="problem">
              <strong>Parked</strong> <Ago at={parked.at} now={visit.now} />
              {parked.because === null ? `: ${parked.reason}` : ` because of ${parked.because}: ${parked.reason}`}
            </p>
          )}
        </Card>
        <Card title="State" id="state-heading">
          {state === null || state === undefined
            ? <Empty title="No state">It has none, or keeps what it knows in tables of its own.</Empty>
            : <pre class="state" tabindex={0}>{pretty(state)}</pre>}
        </Card>
      </div>
    ),
  };
}
