import type { JSX } from "hono/jsx/jsx-runtime";
import { listRoute } from "../audit.ts";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Empty, Pager } from "./parts.tsx";
import { TenantField } from "./tenant_field.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

const FIELDS = [
  { name: "by", label: "By", placeholder: "ada" },
  { name: "action", label: "Action", placeholder: "retryJob" },
  { name: "subject", label: "Subject", placeholder: "job/01J…" },
] as const;

export async function auditPage(visit: Visit): Promise<View> {
  const { by, action, subject, cursor } = visit.query;
  const { items, nextCursor } = await visit.ask(listRoute, { query: { by, action, subject, cursor } });
  return {
    title: "Audit",
    about: "Who did what: a row for each request that changed something, committed with what it did.",
    topics: ["job", "schedule", "kind", "tenant", "actor"],
    body: (
      <section class="card" aria-label="Audit">
        <form class="filter" method="get" action={visit.path}>
          {FIELDS.map(({ name, label, placeholder }) => (
            <label class="field-inline">
              <span>{label}</span>
              <input
                data-filter
                name={name}
                value={visit.query[name] ?? ""}
                placeholder={placeholder}
                spellcheck={false}
                autocapitalize="none"
              />
            </label>
          ))}
          <TenantField visit={visit} />
          <button type="submit" class="small">Show</button>
        </form>
        {items.length === 0
          ? (
            <Empty title={nextCursor === null ? "Nothing was done" : "Nothing on this page"}>
              {nextCursor === null
                ? "Each act of a person or a program leaves a row here."
                : "There is more further back."}
            </Empty>
          )
          : <AuditTable visit={visit} rows={items} />}
        <Pager visit={visit} nextCursor={nextCursor} />
      </section>
    ),
  };
}

function AuditTable({ visit, rows }: { visit: Visit; rows: BodyOf<typeof listRoute>["items"] }): JSX.Element {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Did</th>
          <th scope="col" class="wide">To</th>
          <th scope="col" class="wide">From</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ at, by, role, action, subject, address, requestId }) => (
          <tr id={`audit-${requestId}-${action}`}>
            <td>
              {by}
              <span class="below">{role}</span>
            </td>
            <td>
              <strong>{action}</strong>
              <span class="below narrow">{subject}</span>
            </td>
            <td class="wide grow">
              <Subject visit={visit} subject={subject} />
            </td>
            <td class="wide mono">{address}</td>
            <td class="age">
              <Ago at={at} now={visit.now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Subject({ visit, subject }: { visit: Visit; subject: string }): JSX.Element {
  const job = /^job\/([0-9A-Z]{26})$/.exec(subject)?.[1];
  const text = <span class="mono">{subject}</span>;
  return job === undefined ? text : <a data-row href={visit.link(`/console/jobs/${job}`)}>{text}</a>;
}
