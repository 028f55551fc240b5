import { type Access, hasRole, type Principal, type Role } from "../access/principal.ts";
import { listRoute as auditRoute } from "../audit.ts";
import { listRoute as jobsRoute } from "../jobs_list.ts";
import { listRoute as nodesRoute } from "../nodes.ts";
import { listRoute as tenantsRoute } from "../tenants.ts";

interface NavigationEntry {
  readonly path: string;
  readonly name: string;
  /** Opens it after `g`. */
  readonly key: string;
  /** As the route that it reads says. */
  readonly access: Access;
}

interface NavigationPart {
  readonly heading: string;
  readonly pages: readonly NavigationEntry[];
}

const { access: anyRole } = jobsRoute;

/** The pages, as the rail names them. */
export const NAVIGATION: readonly NavigationPart[] = [
  {
    heading: "Work",
    pages: [
      { path: "/console", name: "Overview", key: "o", access: anyRole },
      { path: "/console/jobs", name: "Jobs", key: "j", access: anyRole },
      { path: "/console/dead-letters", name: "Dead letters", key: "d", access: anyRole },
      { path: "/console/live", name: "Live feed", key: "l", access: anyRole },
    ],
  },
  {
    heading: "What runs",
    pages: [
      { path: "/console/actors", name: "Actors", key: "a", access: anyRole },
      { path: "/console/streams", name: "Streams", key: "s", access: anyRole },
      { path: "/console/schedules", name: "Schedules", key: "c", access: anyRole },
    ],
  },
  {
    heading: "Installation",
    pages: [
      { path: "/console/tenants", name: "Tenants", key: "t", access: tenantsRoute.access },
      { path: "/console/nodes", name: "Nodes and hosts", key: "n", access: nodesRoute.access },
      { path: "/console/audit", name: "Audit", key: "u", access: auditRoute.access },
    ],
  },
];

/** Those that a person may open. */
export function navigationFor(principal: Principal): readonly NavigationPart[] {
  return NAVIGATION
    .map(({ heading, pages }) => ({ heading, pages: pages.filter(({ access }) => hasRole(principal, access as Role)) }))
    .filter(({ pages }) => pages.length > 0);
}

/** Who may open a page: as the entry says that it stands below. */
export function accessOf(path: string): Access {
  const entries = NAVIGATION.flatMap(({ pages }) => pages)
    .filter((entry) => path === entry.path || path.startsWith(`${entry.path}/`));
  return entries.sort((one, other) => other.path.length - one.path.length)[0]!.access;
}
