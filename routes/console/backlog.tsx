import type { JSX } from "hono/jsx/jsx-runtime";
import { jobTables } from "../../actors/job/tables.ts";
import type { System } from "../../runtime/mod.ts";
import { hasJobs } from "../dead_letters.ts";
import { listRoute as tenantsRoute } from "../tenants.ts";
import { Bars } from "./bars.tsx";
import { Card, Empty } from "./parts.tsx";
import type { RecentTurns } from "./recent_turns.ts";
import type { Visit } from "./visit.ts";
import { count } from "./wording.ts";

/** A kind's waiting messages are counted no further. */
const COUNTED = 10_000;
const MOST_TENANTS = 12;

/** Messages that wait. */
export interface Backlog {
  /** Of everybody. */
  readonly total: number;
  /** Of the tenant that is looked at; those with `COUNTED` have as many or more. */
  readonly byKind: readonly { readonly name: string; readonly waiting: number }[];
  /** For who may see others; null for who may not. The longest first. */
  readonly byTenant: readonly { readonly name: string; readonly waiting: number }[] | null;
}

interface BacklogParts {
  readonly visit: Visit;
  readonly system: System;
  readonly turns: RecentTurns;
  readonly isWhole: boolean;
}

export async function backlogOf({ visit, system, turns, isWhole }: BacklogParts): Promise<Backlog> {
  const [byKind, byTenant] = await Promise.all([
    hasJobs(system) ? system.query(visit.tenant, jobTables.queries.backlog, { most: COUNTED }) : [],
    isWhole ? tenantsBehind({ visit, system, turns }) : null,
  ]);
  return { total: system.health().pending, byKind, byTenant };
}

async function tenantsBehind({ visit, system, turns }: Omit<BacklogParts, "isWhole">): Promise<Backlog["byTenant"]> {
  const registered = await visit.ask(tenantsRoute, { query: { limit: "200" } });
  const names = new Set([visit.tenant, ...turns.tenants(), ...registered.items.map(({ id }) => id)]);
  const counted = await Promise.all([...names].map(async (name) => {
    const { pending } = await system.tenants.usage(name);
    return { name, waiting: pending.used };
  }));
  return counted.filter(({ waiting }) => waiting > 0).sort((one, other) => other.waiting - one.waiting)
    .slice(0, MOST_TENANTS);
}

interface CardsProps {
  readonly visit: Visit;
  readonly backlog: Backlog;
  readonly done: ReturnType<RecentTurns["doneByKind"]>;
}

export function BacklogCards({ visit, backlog: { byKind, byTenant }, done }: CardsProps): JSX.Element {
  return (
    <div class="thirds">
      <Card title={`Backlog of ${visit.tenant} by kind`} id="by-kind">
        {byKind.length === 0 ? <Empty title="Nothing waits">All mailboxes of this tenant are empty.</Empty> : (
          <Bars
            bars={byKind.map(({ name, waiting }) => ({
              name,
              value: waiting,
              shown: waiting >= COUNTED ? `${count(COUNTED)} or more` : count(waiting),
              href: visit.link("/console/jobs", { type: name, status: "queued" }),
            }))}
          />
        )}
      </Card>
      {byTenant !== null && (
        <Card title="Backlog by tenant" id="by-tenant">
          {byTenant.length === 0 ? <Empty title="Nothing waits">No tenant has unhandled messages.</Empty> : (
            <Bars
              bars={byTenant.map(({ name, waiting }) => ({
                name,
                value: waiting,
                shown: count(waiting),
                href: `/console?tenant=${name}`,
              }))}
            />
          )}
        </Card>
      )}
      <Card title="Turns in the last minute" id="done-heading">
        {done.length === 0
          ? <Empty title="Nothing ran">Kinds that take turns show here, the busiest first.</Empty>
          : (
            <Bars
              bars={done.slice(0, 12).map(({ name, done }) => ({
                name: name === "" ? "others" : name,
                value: done,
                shown: count(done),
              }))}
            />
          )}
      </Card>
    </div>
  );
}
