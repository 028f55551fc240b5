import { descendantsOf, type Usage, usageOf } from "../support/process_tree.ts";
import type { RunningServer } from "../support/running_server.ts";
import { pause } from "./torture_campaign.ts";

/** How long the answers of /health took, in ms, until it is ended. */
export interface HealthProbe {
  end(): Promise<readonly number[]>;
}

const ASK_EVERY_MS = 50;

export function probeHealth({ url }: { readonly url: string }): HealthProbe {
  const took: number[] = [];
  let over = false;
  const ask = async () => {
    while (!over) {
      const sentAt = performance.now();
      await (await fetch(`${url}/health`)).body?.cancel();
      took.push(performance.now() - sentAt);
      await pause(ASK_EVERY_MS);
    }
  };
  const asking = ask();
  return {
    async end() {
      over = true;
      await asking;
      return took;
    },
  };
}

/** The share of one core that the server and its children use, looked at for so long. */
export async function cpuShare(server: RunningServer, forMs: number): Promise<number> {
  const before = usedBy(server).cpuMs;
  const begunAt = performance.now();
  await pause(forMs);
  // One that has ended meanwhile takes what it used along.
  return Math.max(0, usedBy(server).cpuMs - before) / (performance.now() - begunAt);
}

/** What the server and its children have used, and hold. */
export function usedBy({ pid }: RunningServer): Usage {
  return usageOf([pid, ...descendantsOf(pid)]);
}
