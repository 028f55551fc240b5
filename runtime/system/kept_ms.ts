import type { Config } from "./config.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** For how long rows are kept, by the periods that tables name for their sweeps. */
export function keptMsOf(config: Config): Readonly<Record<string, number>> {
  return {
    "jobs": config.JOBS_KEPT_DAYS * DAY_MS,
    "dead-letters": config.DEAD_LETTERS_KEPT_DAYS * DAY_MS,
    "audit": config.AUDIT_KEPT_DAYS * DAY_MS,
    "scans": config.SCANS_KEPT_DAYS * DAY_MS,
    "ticks": config.TICKS_KEPT_DAYS * DAY_MS,
    "upstream-limits": DAY_MS,
    // After that none of its files would be kept anyway.
    "gone-tenants": config.MAIL_KEPT_DAYS * DAY_MS,
    // Longer than a body may be silent.
    "broken-uploads": 2 * 60_000,
    // Each says itself when it is over.
    "passes": 0,
  };
}
