import { readSse } from "../support/sse_reader.ts";
import { pause } from "./torture_campaign.ts";

/** Asks whether the server is ready, again and again, until it refuses connections. */
export interface ReadinessProbe {
  /** When the last question was sent that was answered with yes; by `performance.now()`. */
  lastReadyAt: number;
  /** What the server said of itself when it was not ready any more but still answered. */
  readonly said: string[];
  end(): Promise<void>;
}

export function probeReadiness(url: string): ReadinessProbe {
  let over = false;
  const said: string[] = [];
  const ask = async () => {
    while (!over) {
      const sentAt = performance.now();
      const status = await statusOf(`${url}/health/ready`);
      if (status === 200) probe.lastReadyAt = sentAt;
      else if (status === 503) {
        const health = await fetch(`${url}/health`).then((answer) => answer.json()).catch(() => null);
        if (health !== null) said.push(health.status);
      }
      await pause(5);
    }
  };
  const asking = ask();
  const probe: ReadinessProbe = {
    lastReadyAt: 0,
    said,
    async end() {
      over = true;
      await asking;
    },
  };
  return probe;
}

/** Resolves when it reads; its own promise tells how the stream ended: whether the reader was told when to come back. */
export async function followStream(url: string): Promise<{ readonly toldToRetry: Promise<boolean> }> {
  const response = await fetch(`${url}/api/notifications/stream`);
  const reader = readSse(response);
  const toldToRetry = async () => {
    let isLast = false;
    try {
      for (let frame = await reader.next(); frame !== null; frame = await reader.next()) isLast = frame.retry !== null;
    } catch {
      return false;
    }
    return isLast;
  };
  return { toldToRetry: toldToRetry() };
}

async function statusOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
