import { z } from "zod";

const COUNT_LIMIT = 100_000_000;
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** What is decided for one tenant; null: as the installation has it for all. */
export const tenantSettings = z.strictObject({
  weight: z.int().min(1).max(100).nullable()
    .describe("Its share of the turns beside others that compete; null: `TENANT_WEIGHTS`"),
  concurrency: z.int().min(1).max(100_000).nullable()
    .describe("Actors of it that run at once, over all nodes; null: `TENANT_CONCURRENCY`"),
  submissionsPerMinute: z.int().min(1).max(10_000_000).nullable()
    .describe(
      "Jobs, actions, customers, uploads and messages that it may hand in within a minute, those that are retried included; null: as many as come",
    ),
  eventsKept: z.int().min(1).max(COUNT_LIMIT).nullable().describe(
    "Its newest events that are kept; null: `EVENTS_KEPT`",
  ),
  jobsKeptDays: z.int().min(1).max(36_500).nullable().describe(
    "Days that its finished jobs are kept, and what belongs to them; null: `JOBS_KEPT_DAYS`",
  ),
  webhookHosts: z.array(z.string().max(253).regex(HOST, "must be a host in lower case, or *. and one")).max(100)
    .nullable().describe(
      "Hosts that addresses which its users give may be on, `*.` for all below one; null: any that is public",
    ),
});

export type TenantSettings = Readonly<z.infer<typeof tenantSettings>>;

export const DEFAULT_SETTINGS: TenantSettings = {
  weight: null,
  concurrency: null,
  submissionsPerMinute: null,
  eventsKept: null,
  jobsKeptDays: null,
  webhookHosts: null,
};
