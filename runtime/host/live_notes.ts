import type { Progress } from "../actor/context.ts";
import type { LiveNote } from "../actor/outcome.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";

const PROGRESS_PERIOD_MS = 250;
const LONGEST_FIELDS = 4_000;
const LONGEST_NOTE = 200;

/**
 * Keeps one turn's live notes bounded: at most `LIMITS.logLines` lines, and progress at most four times a second,
 * the newest winning. A note that is held back leaves when its time comes, or with `flush`.
 */
export class LiveNotes {
  readonly #clock: Clock;
  readonly #emit: (note: LiveNote) => void;
  #lines = 0;
  #nextProgressAt = 0;
  #held: { readonly note: LiveNote; readonly cancel: CancelTimer } | null = null;

  constructor(clock: Clock, emit: (note: LiveNote) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  add(note: LiveNote): void {
    if ("progress" in note) return this.#progress({ turn: note.turn, progress: plainProgress(note.progress) });
    if (this.#lines++ >= LIMITS.logLines) return;
    const { fields, ...line } = note.line;
    this.#emit({ turn: note.turn, line: fields === undefined ? line : { ...line, fields: plainFields(fields) } });
  }

  flush(): void {
    const held = this.#held;
    if (held === null) return;
    held.cancel();
    this.#held = null;
    this.#nextProgressAt = this.#clock.monotonic() + PROGRESS_PERIOD_MS;
    this.#emit(held.note);
  }

  #progress(note: LiveNote): void {
    const waitMs = this.#nextProgressAt - this.#clock.monotonic();
    if (this.#held !== null) this.#held = { ...this.#held, note };
    else if (waitMs > 0) this.#held = { note, cancel: this.#clock.after(waitMs, () => this.flush()) };
    else {
      this.#nextProgressAt = this.#clock.monotonic() + PROGRESS_PERIOD_MS;
      this.#emit(note);
    }
  }
}

function plainProgress({ done, total, note }: Progress): Progress {
  return {
    done: Number(done),
    ...(total === undefined ? {} : { total: Number(total) }),
    ...(note === undefined ? {} : { note: String(note).slice(0, LONGEST_NOTE) }),
  };
}

/** Fields as they read after JSON: what an author logs may be anything. */
function plainFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    const text = JSON.stringify(fields);
    return text.length > LONGEST_FIELDS ? { cut: text.slice(0, LONGEST_FIELDS) } : JSON.parse(text);
  } catch {
    return { cut: "fields that cannot be written as JSON" };
  }
}
