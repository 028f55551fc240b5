import type { Figure, ScenarioOptions } from "./scenario.ts";

/** What a process that runs a scenario is told, as JSON in its first argument. */
export interface ScenarioOrder extends Pick<ScenarioOptions, "scale" | "minutes"> {
  readonly name: string;
  /** Exists, is empty, and is removed by who gave the order. */
  readonly folder: string;
  readonly runs: number;
}

/** What it says, as JSON lines. */
export type ScenarioLine =
  | { readonly about: string; readonly runs: number }
  | { readonly run: number; readonly progress: string }
  | { readonly run: number; readonly figures: readonly Figure[] }
  | { readonly failed: string };
