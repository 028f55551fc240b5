/** What an author of actors writes with. */
export { createRegistry } from "./access/registry.ts";
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
  RetryPolicy,
  Strategy,
} from "./actor/kind.ts";
export type { FetchCall, Fetched } from "./actor/outcome.ts";
export { type Decision, isDecision } from "./actor/decision.ts";
export type { MessageSchemas, PayloadOf, QueryArgs, QueryResult, Ref } from "./actor/ref.ts";
export type { Message, TellOptions } from "./actor/message.ts";
export type { Registry } from "./actor/registry.ts";
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
export { defineUpstream, type Upstream } from "./actor/upstream.ts";
export { testActor, type TestedTurn } from "./actor/test_actor.ts";
export type { AnswerFetch, TestedAnswer } from "./actor/test_fetch.ts";
export { type ErrorCode, RetryLaterError, RuntimeError, type SerializedError, TerminalError } from "./core/errors.ts";
export type { Random } from "./core/random.ts";
export { type Verdict, verdictOf } from "./supervision/verdict.ts";
export { type Engine, engineOf, tableEnd } from "./store/engine.ts";
