import { type Handler, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { callableBy } from "../access/callable_by.ts";
import type { AppEnv, Deps } from "../env.ts";
import { Refusal } from "../problem.ts";
import { Refused, type Serve } from "./ask.ts";
import { actorPage } from "./actor.tsx";
import { actorsPage } from "./actors.tsx";
import { serveAssets } from "./assets.ts";
import { auditPage } from "./audit.tsx";
import { deadLettersPage } from "./dead_letters.tsx";
import { createHostLog } from "./host_log.ts";
import { jobPage } from "./job.tsx";
import { jobsPage } from "./jobs.tsx";
import { livePage } from "./live.tsx";
import { accessOf } from "./navigation.ts";
import { newJobPage } from "./new_job.tsx";
import { nodesPage } from "./nodes.tsx";
import { overviewPage } from "./overview.tsx";
import { answerPage } from "./page_answer.tsx";
import { createRecentTurns } from "./recent_turns.ts";
import { wantsConsolePage } from "./refused_page.tsx";
import { refusedView } from "./refused_view.tsx";
import { schedulePage } from "./schedule.tsx";
import { schedulesPage } from "./schedules.tsx";
import { streamsPage } from "./streams.tsx";
import { tenantsPage } from "./tenants.tsx";
import type { View } from "./view.ts";
import { createVisit, type Visit } from "./visit.ts";

type Page = (visit: Visit) => Promise<View> | View;

/**
 * The console: pages for people who run the installation. A page reads the API (see `createAsk`), and its buttons call it, so
 * nothing can be seen or done here that could not be there. Rendered here, they are read without a script; with one they ask
 * for themselves again as the tenant's events come.
 */
export function consolePages(deps: Deps, serve: Serve): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const { system, clock, config: { role = "all" } } = deps;
  // Such a node answers no pages, so it need not hear what they would tell.
  if (role === "worker" || role === "notifications") return app;
  const turns = createRecentTurns({ diagnostics: system.diagnostics, clock });
  const pages: Readonly<Record<string, Page>> = {
    "/console": overviewPage(system, turns),
    "/console/jobs": jobsPage,
    "/console/jobs/new": newJobPage,
    "/console/jobs/:id": jobPage,
    "/console/dead-letters": deadLettersPage,
    "/console/live": livePage,
    "/console/actors": actorsPage,
    "/console/actors/:kind/:key": actorPage,
    "/console/streams": streamsPage,
    "/console/schedules": schedulesPage,
    "/console/schedules/:name": schedulePage,
    "/console/tenants": tenantsPage,
    "/console/nodes": nodesPage(createHostLog({ diagnostics: system.diagnostics, clock })),
    "/console/audit": auditPage,
    // The last one: every other address below.
    "/console/*": noPage,
  };
  for (const [path, page] of Object.entries(pages)) app.get(path, callableBy(accessOf(path), shown(deps, page, serve)));
  serveAssets(app);
  return app;
}

function noPage(): never {
  throw new Refused(404, "There is nothing at this address");
}

function shown({ system, clock }: Deps, page: Page, serve: Serve): Handler<AppEnv> {
  return async (c) => {
    const lastEvent = await system.feed.last(c.get("tenant"));
    const visit = createVisit(c, serve, { now: clock.now(), lastEvent });
    try {
      return answerPage(c, visit, { view: await page(visit), status: 200 });
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      const { status, message, headers } = thrown;
      if (!wantsConsolePage(c)) throw new Refusal(status as ContentfulStatusCode, message, { headers });
      return answerPage(c, visit, { view: refusedView(visit, thrown), status, headers });
    }
  };
}
