/** What an author of actors writes with. */
export { type Address, formatAddress } from "./actor/address.ts";
export type {
  Context,
  FetchAnswer,
  FetchInit,
  LogLevel,
  Progress,
  TurnBlobs,
  TurnLog,
  UserFetchInit,
} from "./actor/context.ts";
export { type ActorDeclaration, defineActor } from "./actor/define_actor.ts";
export { isReservedHeader } from "./actor/fetch_call.ts";
export type { Attempt, Entry, EventDraft, Journal, LogLine, RowWrite } from "./actor/journal.ts";
export type {
  AnyKind,
  Concurrency,
  Handler,
  HandlerResult,
  Handlers,
  Kind,
  Permissions,
  Queries,
  RestartWindow,
  Strategy,
} from "./actor/kind.ts";
export type { FetchCall, Fetched } from "./actor/outcome.ts";
export { type Decision, isDecision } from "./actor/decision.ts";
export type { MessageSchemas, PayloadOf, QueryArgs, QueryResult, Ref } from "./actor/ref.ts";
export type { Message, TellOptions } from "./actor/message.ts";
export type { Registry } from "./actor/registry.ts";
export type { RetryPolicy } from "./actor/retry_policy.ts";
export type { KindSchedule, ScheduleTiming } from "./actor/schedule.ts";
export {
  type BatchEnded,
  batchEnded,
  type BatchFailing,
  batchFailing,
  type SpawnableKind,
  type SpawnOptions,
} from "./actor/spawn.ts";
export { type SubscribedEvent, subscribedEvent } from "./actor/subscribed_event.ts";
export type { Upgrade } from "./actor/schema.ts";
export {
  type BoundQuery,
  type BoundWrite,
  type Declare,
  defineTables,
  type HoldsBlob,
  type RowQuery,
  type SqlValue,
  type Sweep,
  type SweepSlice,
  type Tables,
} from "./actor/tables.ts";
export { type Letter, LETTER_STATUS, type LetterAnswer } from "./actor/letter.ts";
export { isMailAddress } from "./actor/mail_url.ts";
export { type FromEnv, fromEnv, type Setting } from "./actor/setting.ts";
export {
  type BreakerPolicy,
  defineUpstream,
  type MailSettings,
  type RateLimit,
  type Upstream,
  type UpstreamAuth,
  type UpstreamDeclaration,
} from "./actor/upstream.ts";
export { testActor, type TestedTurn } from "./actor/test_actor.ts";
export type { AnswerFetch, TestedAnswer } from "./actor/test_fetch.ts";
export { type ErrorCode, RetryLaterError, RuntimeError, type SerializedError, TerminalError } from "./core/errors.ts";
export type { Random } from "./core/random.ts";
export { createRegistry } from "./installation.ts";
export { classOfFailure } from "./upstream/error_class.ts";
export { retryAfterMs, waitSaidIn } from "./upstream/retry_after.ts";
export { type Verdict, verdictOf } from "./supervision/verdict.ts";
export { type Engine, engineOf, tableEnd } from "./store/engine.ts";
export { type AgingRows, areOldest } from "./store/oldest_rows.ts";
