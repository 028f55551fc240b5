import type { JSX } from "hono/jsx/jsx-runtime";
import { listRoute } from "../tenants.ts";
import { resumeRoute, suspendRoute } from "../tenants_act.ts";
import { usageRoute } from "../tenants_usage.ts";
import { ActButton } from "./act_button.tsx";
import { Ago } from "./ago.tsx";
import type { BodyOf } from "./ask.ts";
import { Chip } from "./chip.tsx";
import { Empty, Pager } from "./parts.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";
import { count } from "./wording.ts";

type Tenant = BodyOf<typeof listRoute>["items"][number];
type Usage = BodyOf<typeof usageRoute>;

const NAMES: Readonly<Record<keyof Usage, string>> = {
  pending: "unhandled",
  running: "running",
  submissions: "in a minute",
  events: "events kept",
  jobs: "finished jobs kept",
  bytes: "bytes in files",
};

export async function tenantsPage(visit: Visit): Promise<View> {
  const { items, nextCursor } = await visit.ask(listRoute, { query: { cursor: visit.query["cursor"], limit: "50" } });
  const usages = await Promise.all(items.map(({ id }) => visit.askIfMay(usageRoute, { params: { id } })));
  return {
    title: "Tenants",
    about:
      "Who is registered, and what each uses of what it may. Others may work here too, with the installation's settings.",
    everyMs: 5_000,
    topics: ["tenant"],
    body: (
      <section class="card" aria-label="Tenants">
        {items.length === 0
          ? (
            <Empty title="No tenants are registered">
              POST /api/tenants registers one, with limits of its own. Without, all have the installation's.
            </Empty>
          )
          : (
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Tenant</th>
                  <th scope="col" class="wide">Status</th>
                  <th scope="col" class="wide">What it uses of what it may</th>
                  <th scope="col">
                    <span class="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((tenant, index) => (
                  <TenantRow
                    visit={visit}
                    tenant={tenant}
                    usage={usages[index] ?? null}
                  />
                ))}
              </tbody>
            </table>
          )}
        <Pager visit={visit} nextCursor={nextCursor} older="More" />
      </section>
    ),
  };
}

function TenantRow({ visit, tenant, usage }: { visit: Visit; tenant: Tenant; usage: Usage | null }): JSX.Element {
  const { id, name, status, createdAt } = tenant;
  const params = { id };
  return (
    <tr id={`tenant-${id}`}>
      <td>
        <a class="row-link" data-row href={`/console?tenant=${id}`}>{name}</a>
        <span class="below">
          {id}, since <Ago at={createdAt} now={visit.now} />
        </span>
        {usage !== null && (
          <div class="narrow">
            <Meters usage={usage} of={id} />
          </div>
        )}
      </td>
      <td class="wide">
        <Chip status={status} />
      </td>
      <td class="wide">{usage !== null && <Meters usage={usage} of={id} />}</td>
      <td class="acts-cell">
        {status === "suspended" && (
          <ActButton visit={visit} route={resumeRoute} params={params} of={id} done={`${id} goes on`}>Resume</ActButton>
        )}
        {status === "active" && (
          <ActButton
            visit={visit}
            route={suspendRoute}
            params={params}
            of={id}
            tone="danger"
            done={`${id} is suspended`}
            confirm={`Suspend ${id}? Its work waits and its requests are refused until it is resumed.`}
          >
            Suspend
          </ActButton>
        )}
      </td>
    </tr>
  );
}

function Meters({ usage, of }: { usage: Usage; of: string }): JSX.Element {
  return (
    <div class="meters">
      {(Object.keys(NAMES) as (keyof Usage)[]).map((what) => {
        const { used, limit } = usage[what];
        const share = limit === null || limit === 0 ? 0 : Math.min(1, used / limit);
        return (
          <div class="meter">
            <span>
              {count(used)}{" "}
              <span class="soft">{limit === null ? NAMES[what] : `of ${count(limit)} ${NAMES[what]}`}</span>
            </span>
            {limit !== null && (
              <progress
                value={share}
                max="1"
                data-full={share >= 0.9 ? "" : undefined}
                aria-label={`${NAMES[what]} of ${of}`}
              >
              </progress>
            )}
          </div>
        );
      })}
    </div>
  );
}
