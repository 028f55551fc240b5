/** What stands above the runtime (routes, main.ts) may know of it. */
export { type ApiKeyRow, apiKeys } from "./access/api_keys.ts";
export { auditRow, auditTables } from "./access/audit.ts";
export type { AuditPage, AuditPlace } from "./access/audit_page.ts";
export type { AuditRow } from "./access/audit_rows.ts";
export { passes, type PassRow } from "./access/passes.ts";
export { type Address, KIND_PATTERN, TENANT_PATTERN } from "./actor/address.ts";
export type { LogLine, RowWrite } from "./actor/journal.ts";
export type { AnyKind } from "./actor/kind.ts";
export type { MessageSchemas, Ref } from "./actor/ref.ts";
export type { TellOptions } from "./actor/message.ts";
export type { Registry } from "./actor/registry.ts";
export { type Fault, InvalidError } from "./actor/schema.ts";
export type { BoundQuery } from "./actor/tables.ts";
export { type CancelTimer, type Clock, sleep, systemClock } from "./core/clock.ts";
export { systemRandom } from "./core/random.ts";
export { type ErrorCode, RuntimeError } from "./core/errors.ts";
export { LIMITS } from "./core/limits.ts";
export type { NodeView } from "./cluster/contract.ts";
export type { Feed, FeedReader, FeedStep } from "./events/feed.ts";
export type { Diagnostic, Diagnostics } from "./observe/diagnostics.ts";
export { createMetrics, type Gauges, type Metrics } from "./observe/metrics.ts";
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
  Blobs,
  Command,
  CommandOptions,
  Control,
  DeadLetters,
  Deed,
  Health,
  Idempotency,
  Inspection,
  StagedBlob,
  StopOptions,
  System,
  Told,
} from "./system/contract.ts";
export { chooseHost } from "./host/choose.ts";
export { createDiagnostics } from "./observe/diagnostics.ts";
export { closeLog, configureLog, createLog, observeWithLog } from "./observe/log.ts";
export { chooseEgress } from "./upstream/choose.ts";
export { openStore } from "./store/open.ts";
export { shownUrl } from "./store/postgres/url.ts";
export { type Config, loadConfig } from "./system/config.ts";
export { awaitsDatabase, type Deployed, deployedEnv, isDeployed, type Missing } from "./system/deployed.ts";
export { listenForSignals } from "./system/signals.ts";
export { nodeName } from "./system/node_name.ts";
export { createSystem } from "./system/system.ts";
