import { type Clock, sleep } from "../../runtime/core/clock.ts";
import type { Random } from "../../runtime/core/random.ts";

/**
 * What the next request meets, of so many in a thousand each; null: nothing that is wrong. The same number draws the same
 * fault as long as the names keep their order.
 */
export function drawFault<Name extends string>(
  faults: Readonly<Partial<Record<Name, number>>>,
  random: Random,
  names = Object.keys(faults) as unknown as readonly Name[],
): Name | null {
  let roll = random.next() * 1_000;
  for (const name of names) {
    roll -= faults[name] ?? 0;
    if (roll < 0) return name;
  }
  return null;
}

/** No answer, for so long, or until the connection ends. */
export async function hang(clock: Clock, hangMs: number | undefined, signal: AbortSignal): Promise<null> {
  if (hangMs !== undefined) await sleep(clock, hangMs, signal).catch(() => {});
  else if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return null;
}
