/** What stands above the runtime (routes, main.ts) may know of it. */
export { type ApiKeyRow, apiKeys } from "./access/api_keys.ts";
export { auditRow, auditTables } from "./access/audit.ts";
export type { AuditPage, AuditPlace } from "./access/audit_page.ts";
export type { AuditRow } from "./access/audit_rows.ts";
export { passes, type PassRow } from "./access/passes.ts";
export { type Address, KIND_PATTERN, TENANT_PATTERN } from "./actor/address.ts";
export type { LogLine, RowWrite } from "./actor/journal.ts";
export type { BatchRow } from "./batch/rows.ts";
export { type BatchStatus, statusOf } from "./batch/status.ts";
export { batchTables } from "./batch/tables.ts";
export type { AnyKind } from "./actor/kind.ts";
export type { MessageSchemas, Ref } from "./actor/ref.ts";
export type { TellOptions } from "./actor/message.ts";
export type { Registry } from "./actor/registry.ts";
export { type Fault, InvalidError } from "./actor/schema.ts";
export type { BoundQuery } from "./actor/tables.ts";
export { type CancelTimer, type Clock, sleep, systemClock } from "./core/clock.ts";
export { systemRandom } from "./core/random.ts";
export { isReservedHeader } from "./actor/fetch_call.ts";
export { type ErrorCode, RuntimeError } from "./core/errors.ts";
export { LIMITS } from "./core/limits.ts";
export type { NodeView } from "./cluster/contract.ts";
export type { Feed, FeedReader, FeedStep } from "./events/feed.ts";
export type { Diagnostic, Diagnostics } from "./observe/diagnostics.ts";
export type { Gauges } from "./observe/gauges.ts";
export { createMetrics, type Metrics } from "./observe/metrics.ts";
export type {
  Schedule,
  ScheduleChanges,
  ScheduleDeclaration,
  Schedules,
  ScheduleTarget,
  ScheduleTiming,
  Tick,
} from "./schedule/contract.ts";
export type { Tenant, TenantDeed, Tenants, TenantStatus } from "./tenant/contract.ts";
export { type TenantSettings, tenantSettings } from "./tenant/settings.ts";
export type {
  Subscription,
  SubscriptionDeclaration,
  Subscriptions,
  SubscriptionTarget,
} from "./subscription/contract.ts";
export { EVENT_TYPE } from "./actor/event_type.ts";
export { type SubscribedEvent } from "./actor/subscribed_event.ts";
export type { ErrorClass, UpstreamClient, UpstreamKey, UpstreamSight } from "./upstream/contract.ts";
export { type Cidr, parseCidr } from "./upstream/cidr.ts";
export type { KeptLetter, Maildir } from "./upstream/mail/read_maildir.ts";
export { checkUserUrl } from "./upstream/reach.ts";
export { within } from "./upstream/within.ts";
export { type Verdict, verdictOf } from "./supervision/verdict.ts";
export type {
  ActorSight,
  ActorsPage,
  ActorStatus,
  DeadLetter,
  DeadLettersPage,
  NodeRole,
  Parked,
  PausedKind,
  SharedStore,
  StoredEvent,
} from "./store/contract.ts";
export type {
  Act,
  Batches,
  Blobs,
  Command,
  CommandOptions,
  Control,
  DeadLetters,
  Deed,
  Health,
  Idempotency,
  Inspection,
  SpawnedBatch,
  StagedBlob,
  StopOptions,
  System,
  Told,
} from "./system/contract.ts";
export { chooseHost } from "./host/choose.ts";
export { type RecentRuns, watchRuns } from "./observe/recent_runs.ts";
export { LATE_MS } from "./schedule/plan.ts";
export { createDiagnostics } from "./observe/diagnostics.ts";
export { closeLog, configureLog, createLog, observeWithLog } from "./observe/log.ts";
export { chooseEgress } from "./upstream/choose.ts";
export { openStore } from "./store/open.ts";
export { shownUrl } from "./store/postgres/url.ts";
export { type Config, loadConfig } from "./system/config.ts";
export { awaitsDatabase, type Deployed, deployedEnv, isDeployed, type Missing } from "./system/deployed.ts";
export { keptMsOf } from "./system/kept_ms.ts";
export { listenForSignals } from "./system/signals.ts";
export { chooseMail } from "./system/choose_mail.ts";
export { nodeName } from "./system/node_name.ts";
export { poolOf } from "./system/pool_of.ts";
export { chooseTelemetry, isTelemetryOn } from "./system/telemetry/choose.ts";
export { createSystem } from "./system/system.ts";
