/** Where the owner of a runner sees how far a piece of work is. */
export interface WorkMarks {
  /** Called once, before anything of the work runs. False: it was recalled, and is skipped without a word. */
  claim(): boolean;
  /** The handler of envelope `index` is about to run. */
  begin(index: number, startedAt: number): void;
  /** That handler waits for something, for the first time. */
  wait(index: number): void;
  end(index: number): void;
}
