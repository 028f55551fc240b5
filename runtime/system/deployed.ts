import type { Random } from "../core/random.ts";

/*
 * Deno Deploy, as far as a node must know of it (docs.deno.com/deploy/reference/, read in November 2026).
 *
 * - Instances start with a request or a cron, are stopped 5 s to 10 min after the last one, and may be evicted at any time:
 *   SIGINT, and SIGKILL 5 s later. Several run at once; they share no disk, and what they write to theirs is lost.
 * - It names itself by DENO_DEPLOY=true, while it builds too, and gives an attached Postgres as DATABASE_URL and PG*.
 * - It takes no flags, and so none of the features that deno.json turns on elsewhere; `Deno.cron` is the platform's own.
 * - Where to listen is for the platform to say: `Deno.serve` without an address.
 */

/** What somebody has yet to give before work can be taken. */
export type Missing = "database" | "secret";

export interface Deployed {
  /** To load the settings from. */
  readonly env: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** Settings that mean nothing there, each with the reason. */
  readonly warnings: readonly string[];
}

/** With what comes after it, less than the 5 s that pass before SIGKILL. */
const GRACE_MS = 2_000;

export function isDeployed(env: Readonly<Record<string, string>>): boolean {
  return env.DENO_DEPLOY === "true";
}

/** The environment of an instance with what the platform settles put in its place. */
export function deployedEnv(env: Readonly<Record<string, string>>, random: Random): Deployed {
  const { HOST: _host, PORT: _port, LOG_FILE, ...kept } = env;
  const grace = Number(env.STOP_GRACE_MS || GRACE_MS);
  const warnings = [
    ...(LOG_FILE ? ["LOG_FILE is not used on Deno Deploy: an instance's files are lost with it"] : []),
    ...(grace > GRACE_MS
      ? [`STOP_GRACE_MS is ${GRACE_MS} on Deno Deploy: an instance is killed 5 s after SIGINT`]
      : []),
    ...((env.ROLE || "all") !== "all" ? ["ROLE is all on Deno Deploy: every instance is called for everything"] : []),
  ];
  return {
    env: {
      ...kept,
      LOG_FORMAT: env.LOG_FORMAT || "json",
      // What is no number stays as it is, for the settings to refuse.
      STOP_GRACE_MS: grace > GRACE_MS || !env.STOP_GRACE_MS ? String(GRACE_MS) : env.STOP_GRACE_MS,
      ROLE: "all",
      NODE: nodeName(env.DENO_DEPLOYMENT_ID, random),
    },
    missing: [
      ...(hasPostgres(env) ? [] : ["database"] as const),
      ...(env.AUTH_SECRET || env.AUTH_JWKS_URL ? [] : ["secret"] as const),
    ],
    warnings,
  };
}

/** Whether there is nothing yet to make tables in, which must not keep a first version from being deployed. */
export function awaitsDatabase(env: Readonly<Record<string, string>>): boolean {
  return isDeployed(env) && !hasPostgres(env);
}

/** A file would be one instance's own, and gone with it. */
function hasPostgres({ DATABASE_URL = "", PGHOST = "" }: Readonly<Record<string, string>>): boolean {
  return DATABASE_URL === "" ? PGHOST !== "" : !DATABASE_URL.startsWith("sqlite:");
}

/** Instances of one deployment share its id. */
function nodeName(deployment: string | undefined, random: Random): string {
  const part = Math.floor(random.next() * 2 ** 40).toString(36).padStart(8, "0");
  return `${(deployment ?? "").replace(/[^A-Za-z0-9]/g, "").slice(0, 40) || "deploy"}-${part}`;
}
