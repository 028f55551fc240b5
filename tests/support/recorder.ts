import type { Diagnostic, Diagnostics } from "../../runtime/observe/diagnostics.ts";
import { before, PATIENCE_MS } from "./deadline.ts";

export type DiagnosticOf<E extends Diagnostic["event"]> = Extract<Diagnostic, { readonly event: E }>;

/** Hears all that systems tell of themselves, so that a test waits for what happened, never for time. */
export interface Recorder {
  readonly all: readonly Diagnostic[];
  of<E extends Diagnostic["event"]>(event: E): DiagnosticOf<E>[];
  /** The next one from now on: to be armed before what brings it about. */
  next<E extends Diagnostic["event"]>(
    event: E,
    matches?: (diagnostic: DiagnosticOf<E>) => boolean,
  ): Promise<DiagnosticOf<E>>;
  /** Resolves when `ready` answers true; asked now, and a turn of the event loop after each diagnostic. */
  until(ready: () => boolean): Promise<void>;
  hear(diagnostics: Diagnostics): void;
}

export function createRecorder(): Recorder {
  const all: Diagnostic[] = [];
  const observers = new Set<(diagnostic: Diagnostic) => void>();
  const patiently = <T>(promise: Promise<T>, what: string): Promise<T> =>
    before(promise, PATIENCE_MS, () => new Error(`Waited in vain for ${what}; the latest was ${shown(all.slice(-8))}`));
  return {
    all,
    of: <E extends Diagnostic["event"]>(event: E) =>
      all.filter((told): told is DiagnosticOf<E> => told.event === event),
    next<E extends Diagnostic["event"]>(event: E, matches: (diagnostic: DiagnosticOf<E>) => boolean = () => true) {
      const found = new Promise<DiagnosticOf<E>>((resolve) => {
        const observe = (told: Diagnostic) => {
          if (told.event !== event || !matches(told as DiagnosticOf<E>)) return;
          observers.delete(observe);
          resolve(told as DiagnosticOf<E>);
        };
        observers.add(observe);
      });
      return patiently(found, event);
    },
    until(ready) {
      const reached = new Promise<void>((resolve) => {
        let looking = false;
        const look = () => {
          looking = false;
          if (!ready()) return;
          observers.delete(observe);
          resolve();
        };
        const observe = () => {
          if (looking) return;
          looking = true;
          setTimeout(look);
        };
        observers.add(observe);
        look();
      });
      return patiently(reached, String(ready));
    },
    hear(diagnostics) {
      diagnostics.observe((told) => {
        all.push(told);
        for (const observe of [...observers]) observe(told);
      });
    },
  };
}

function shown(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((told) => JSON.stringify(told)).join("\n  ");
}
