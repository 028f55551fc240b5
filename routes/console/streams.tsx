import type { JSX } from "hono/jsx/jsx-runtime";
import { pauseRoute, resetRoute, resumeRoute } from "../parcel_streams_act.ts";
import { listRoute } from "../parcel_streams_read.ts";
import type { StreamView } from "../parcel_streams_view.ts";
import { ActButton } from "./act_button.tsx";
import { Chip } from "./chip.tsx";
import { Empty, Pager } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { count, duration } from "./wording.ts";

export async function streamsPage(visit: Visit): Promise<View> {
  const { items, nextCursor } = await visit.ask(listRoute, { query: { cursor: visit.query["cursor"] } });
  return {
    title: "Streams",
    about: "What follows the parcels of a source: how far it is, how fast, and what holds it up.",
    topics: ["parcel-stream", "actor"],
    everyMs: 2_000,
    acts: <a class="button" href={visit.link("/streams")}>Live board</a>,
    body: (
      <section class="card" aria-label="Streams">
        {items.length === 0
          ? (
            <Empty title="No streams yet">
              <a href={visit.link("/streams")}>Make one on the live board</a>, or POST /api/streams.
            </Empty>
          )
          : <StreamTable visit={visit} streams={items} />}
        <Pager visit={visit} nextCursor={nextCursor} older="More" />
      </section>
    ),
  };
}

function StreamTable({ visit, streams }: { visit: Visit; streams: readonly StreamView[] }): JSX.Element {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Stream</th>
          <th scope="col" class="wide">Status</th>
          <th scope="col" class="number wide">Events/s</th>
          <th scope="col" class="number wide">Lag</th>
          <th scope="col" class="number wide">Checkpoint</th>
          <th scope="col" class="number wide">Processed</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{streams.map((stream) => <StreamRow visit={visit} stream={stream} />)}</tbody>
    </table>
  );
}

function StreamRow({ visit, stream }: { visit: Visit; stream: StreamView }): JSX.Element {
  const { name, baseUrl, status, breaker, eventsPerSecond, lagMs, checkpoint, processed, failures, lastError } = stream;
  const params = { name };
  const lag = lagMs === null ? "–" : duration(lagMs);
  return (
    <tr id={`stream-${name}`}>
      <td class="grow">
        <a class="row-link" data-row href={visit.link(`/console/actors/parcel-stream/${name}`)}>{name}</a>
        <span class="below">{baseUrl ?? "SCAN_API_BASE_URL"}</span>
        {status === "failing" && <span class="below">{`${failures} in a row: ${lastError}`}</span>}
        <span class="below narrow">
          <Chip status={status} /> {`${count(eventsPerSecond)}/s, lag ${lag}, at ${count(checkpoint)}`}
        </span>
      </td>
      <td class="wide">
        <Chip status={status} />
        {breaker !== null && breaker !== "closed" && <span class="below">{`breaker ${breaker}`}</span>}
      </td>
      <td class="number wide">{count(eventsPerSecond)}</td>
      <td class="number wide">{lag}</td>
      <td class="number wide">{count(checkpoint)}</td>
      <td class="number wide">{count(processed)}</td>
      <td class="acts-cell">
        {status === "paused" || status === "parked"
          ? (
            <ActButton visit={visit} route={resumeRoute} params={params} of={name} done={`${name} goes on`}>
              Resume
            </ActButton>
          )
          : (
            <ActButton visit={visit} route={pauseRoute} params={params} of={name} done={`${name} is paused`}>
              Pause
            </ActButton>
          )}
        <ActButton
          visit={visit}
          route={resetRoute}
          params={params}
          of={name}
          tone="danger"
          done={`${name} is reset`}
          confirm={`Reset ${name}? It goes on with the event after the one that you name, and 0 reads everything again: what was applied before changes nothing. Events that are passed over stay unread.`}
          number={{ name: "eventId", label: "Go on after the event", value: checkpoint }}
        >
          Reset
        </ActButton>
      </td>
    </tr>
  );
}
