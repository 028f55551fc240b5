import type { Pace } from "./load.ts";

/** What a `bench_server.ts` can be told, one task at a time. */
export type ServerTask =
  /** Answers the pace, and what a job cost. */
  | { readonly task: "jobs"; readonly jobs: number }
  /** Waits until that many more turns have committed. */
  | { readonly task: "finish"; readonly turns: number }
  /** So many actors handle one message each. */
  | { readonly task: "tally"; readonly actors: number }
  /** Sends so many messages to so many actors by turns; others may have them handled elsewhere. */
  | { readonly task: "mail"; readonly actors: number; readonly messages: number }
  /** Answers how many turns of those actors it has committed in its life. */
  | { readonly task: "turns" }
  /** So many actors fail at theirs, and wait for an hour. */
  | { readonly task: "refuse"; readonly actors: number }
  /** Pauses the urgent kind and submits so many jobs of it. */
  | { readonly task: "pause"; readonly jobs: number }
  /** Answers how many messages wait. */
  | { readonly task: "pending" }
  | { readonly task: "stop" };

/** One for each task, and one, unasked, when it is ready; `children` are the processes of its host. */
export interface ServerAnswer {
  readonly pace?: Pace;
  /** Of the node and its host, for each job that finished; not where the platform does not say. */
  readonly cpuUs?: number;
  readonly pending?: number;
  readonly turns?: number;
  readonly children: readonly number[];
}
