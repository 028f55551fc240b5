import type { Clock } from "../core/clock.ts";

/** From a service manager, from Ctrl-C, and when the terminal closes. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** `deno task` passes on a Ctrl-C that its child has had already: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

export interface Signals {
  /** Whether somebody wants the process to end. */
  readonly asked: boolean;
  /** What to do when asked, at once if that has been, and when asked again by one who will not wait. */
  obey(stop: (signal: string) => void, hurry: () => void): void;
}

/** Until there is something to obey, nothing has been acknowledged: the second signal ends the process. */
export function listenForSignals(clock: Clock): Signals {
  let asked: { readonly signal: string; readonly at: number } | null = null;
  let stop: (signal: string) => void = () => {};
  let hurry: () => void = () => Deno.exit(1);
  const hear = (signal: string) => {
    const at = clock.monotonic();
    if (asked === null) {
      asked = { signal, at };
      stop(signal);
    } else if (at - asked.at >= SAME_SIGNAL_MS) hurry();
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, () => hear(signal));
  return {
    get asked() {
      return asked !== null;
    },
    obey(first, again) {
      [stop, hurry] = [first, again];
      if (asked !== null) stop(asked.signal);
    },
  };
}
