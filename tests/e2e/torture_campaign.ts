import { type Random, seededRandom } from "../../runtime/core/random.ts";

/** A promise of the product under attack: faults by rounds against the real server, judged by what the outside saw. */
export interface Campaign {
  readonly name: string;
  /** What holds when nothing is violated, as a sentence. */
  readonly shows: string;
  /** In a full run. */
  readonly rounds: number;
  /** Why it cannot run on this machine. */
  readonly cannot?: string | undefined;
  run(course: Course): Promise<Result>;
}

export interface Course {
  readonly rounds: number;
  /** Decides which faults come when. */
  readonly random: Random;
  /** A line of progress, one for each round. */
  readonly tell: (line: string) => void;
}

export interface Result {
  readonly findings: readonly Finding[];
  /** What was measured, by names that bear their unit. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One thing that must hold, how often that was looked at, and how often it did not. */
export interface Finding {
  readonly check: string;
  readonly checked: number;
  readonly violated: number;
  /** Of violations, the first few. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 5;

/** Collects what an oracle finds. */
export class Findings {
  readonly #byCheck = new Map<string, { checked: number; violated: number; examples: string[] }>();

  get all(): readonly Finding[] {
    return Array.from(this.#byCheck, ([check, found]) => ({ check, ...found }));
  }

  /** `check` says what must hold, such as `every acknowledged job is there`. */
  expect(check: string, holds: boolean, example: () => string = () => ""): void {
    const found = this.#byCheck.get(check) ?? { checked: 0, violated: 0, examples: [] };
    this.#byCheck.set(check, found);
    found.checked++;
    if (holds) return;
    found.violated++;
    if (found.examples.length < MOST_EXAMPLES) found.examples.push(example());
  }

  /** The same check for each of many. */
  expectAll<Item>(check: string, items: Iterable<Item>, holds: (item: Item) => boolean): void {
    for (const item of items) this.expect(check, holds(item), () => JSON.stringify(item));
  }
}

/** The same course for the same seed, whatever other campaigns run. */
export function courseRandom(seed: number, { name }: Campaign): Random {
  return seededRandom([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed));
}

/** Uniform between the two. */
export function between(random: Random, from: number, to: number): number {
  return from + random.next() * (to - from);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The value that this share of all does not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}
