import type { JSX } from "hono/jsx/jsx-runtime";
import { drainRoute, listRoute, undrainRoute } from "../nodes.ts";
import { ActButton } from "./act_button.tsx";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Chip } from "./chip.tsx";
import type { HostLog } from "./host_log.ts";
import { Card, Empty } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { count } from "./wording.ts";

export function nodesPage(hosts: HostLog): (visit: Visit) => Promise<View> {
  return async (visit) => {
    const { items } = await visit.ask(listRoute);
    return {
      title: "Nodes and hosts",
      about: "The nodes that share the database, and the processes in which this one runs turns.",
      everyMs: 2_000,
      body: (
        <div class="stack">
          <Card title="Nodes" id="nodes-heading">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Node</th>
                  <th scope="col" class="wide">Status</th>
                  <th scope="col" class="number">Running</th>
                  <th scope="col" class="number wide">Waiting</th>
                  <th scope="col" class="number wide">Owned</th>
                  <th scope="col" class="wide">Lease</th>
                  <th scope="col">
                    <span class="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>{items.map((node) => <NodeRow visit={visit} node={node} />)}</tbody>
            </table>
          </Card>
          <Hosts visit={visit} hosts={hosts} />
        </div>
      ),
    };
  };
}

type Node = BodyOf<typeof listRoute>["items"][number];

function NodeRow({ visit, node }: { visit: Visit; node: Node }): JSX.Element {
  const { name, role, generation, startedAt, leaseUntil, drained, running, waiting, owned } = node;
  const params = { node: name };
  const chip = <Chip status={drained ? "draining" : "ready"} />;
  return (
    <tr id={`node-${name}`}>
      <td>
        <strong>{name}</strong>
        <span class="below">
          {`role ${role}, generation ${generation}, started `}
          <Ago at={startedAt} now={visit.now} />
        </span>
        <span class="below narrow">{chip}</span>
      </td>
      <td class="wide">{chip}</td>
      <td class="number">{count(running)}</td>
      <td class="number wide">{count(waiting)}</td>
      <td class="number wide">{owned === null ? "–" : count(owned)}</td>
      <td class="wide nowrap">
        {leaseUntil === null ? <span class="none">alone</span> : <Ago at={leaseUntil} now={visit.now} />}
      </td>
      <td class="acts-cell">
        {drained
          ? (
            <ActButton visit={visit} route={undrainRoute} params={params} of={name} done={`${name} takes turns`}>
              Undrain
            </ActButton>
          )
          : (
            <ActButton
              visit={visit}
              route={drainRoute}
              params={params}
              of={name}
              tone="danger"
              done={`${name} drains`}
              confirm={`Drain ${name}? It takes no more turns and is not ready until it is undrained.`}
            >
              Drain
            </ActButton>
          )}
      </td>
    </tr>
  );
}

function Hosts({ visit, hosts }: { visit: Visit; hosts: HostLog }): JSX.Element {
  const living = hosts.living();
  const events = hosts.events();
  const iso = (at: number) => new Date(at).toISOString();
  return (
    <Card title="Hosts of this node" id="hosts-heading">
      {living.length > 0 && (
        <dl class="facts">
          {living.map(({ pid, what, startedAt }) => (
            <div>
              <dt>{`Process for ${what}`}</dt>
              <dd>
                {pid}{" "}
                <span class="soft">
                  <Ago at={iso(startedAt)} now={visit.now} />
                </span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {events.length === 0
        ? <Empty title="No host has started yet">The first turn starts one; what ends or replaces it shows here.</Empty>
        : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">What happened to them</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {events.map(({ at, status, text }) => (
                <tr>
                  <td class="grow">
                    <Chip status={status}>
                      {status === "ready" ? "Started" : status === "failed" ? "Lost" : "Replaced"}
                    </Chip>{" "}
                    {text}
                  </td>
                  <td class="age">
                    <Ago at={iso(at)} now={visit.now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </Card>
  );
}
