/** One number of a run. A bare measure of the same run stands beside it where there is one. */
export interface Figure {
  /** Unique over all scenarios, in words: "jobs a second". */
  readonly name: string;
  readonly unit: "1/s" | "ms" | "us" | "MiB" | "bytes" | "count" | "ratio";
  readonly value: number;
  readonly bare?: { readonly what: string; readonly value: number };
  /**
   * What must be shown of it, on a quiet machine; `ofBare`: of value / bare, from below for rates (`1/s`) and from above
   * for everything else.
   */
  readonly bound?: { readonly atLeast?: number; readonly atMost?: number; readonly ofBare?: number };
}

export interface ScenarioOptions {
  /** Empty, removed afterwards; on the disk that is measured. */
  readonly folder: string;
  /** Empty before the first run and removed after the last: for what is costly to make and the same for all runs. */
  readonly keptFolder: string;
  /** `quick`: small enough that all scenarios together take less than a minute. */
  readonly scale: "full" | "quick";
  /** How long what is to last shall last, where a person says so. */
  readonly minutes?: number;
  /** Tells a person how far it is; one that tells nothing for five minutes is ended. */
  readonly progress: (what: string) => void;
}

/**
 * Something that is measured: run several times, each time anew, and the median of each figure is what counts. A scenario
 * starts what it needs (servers and clients as processes of their own), and nothing of it is left when it returns.
 */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** One run is long enough to bear its own medians. */
  readonly runsOnce?: true;
  run(options: ScenarioOptions): Promise<readonly Figure[]>;
}
