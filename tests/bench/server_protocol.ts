import type { Pace } from "./load.ts";

/** What a `bench_server.ts` can be told, one task at a time. */
export type ServerTask =
  /** Answers the pace, and what a job cost. */
  | { readonly task: "jobs"; readonly jobs: number }
  /** Waits until that many more turns have committed. */
  | { readonly task: "finish"; readonly turns: number }
  /** So many actors handle one message each. */
  | { readonly task: "tally"; readonly actors: number }
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
  readonly children: readonly number[];
}
