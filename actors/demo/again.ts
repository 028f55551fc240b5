import { type Clock, sleep } from "../../runtime/core/clock.ts";

export interface Again {
  readonly clock: Clock;
  /** Between the end of a time and the next; `count` times have been. */
  readonly pauseMs: (count: number) => number;
  /** Each failure; it goes on all the same. */
  readonly onError: (error: unknown) => void;
}

/** Does it again and again; when that is disposed of, the last time has ended. `count` times have been before. */
export function again(
  act: (count: number) => Promise<unknown>,
  { clock, pauseMs, onError }: Again,
): AsyncDisposable {
  const over = new AbortController();
  const goOn = async () => {
    for (let count = 0; !over.signal.aborted; count++) {
      await act(count).catch(onError);
      await sleep(clock, pauseMs(count + 1), over.signal).catch(() => {});
    }
  };
  const ended = goOn();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await ended;
    },
  };
}
