import type { Random } from "../../runtime/core/random.ts";
import type { Deployment, Eviction, Instance } from "./deployed.ts";

/** Instances that come and go, as those see them who call: by one address, behind which is any of those that are there. */
export interface Fleet {
  /** Of any that has not been told to go. */
  readonly url: string;
  /** How those ended that were evicted. */
  readonly evictions: readonly Eviction[];
  readonly kills: number;
  /** One that chance decides goes, with or without a word, and a fresh one comes; resolves when both are done. */
  replaceOne(how: "evict" | "kill"): Promise<void>;
  /** All are evicted. */
  empty(): Promise<void>;
  /** A call that is made again, to any instance, until it is answered with something else than 5xx. */
  call(method: string, path: string, call?: Call): Promise<Response>;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MOST_CALLS = 400;

export async function openFleet(deployment: Deployment, size: number, random: Random): Promise<Fleet> {
  const alive = await Promise.all(Array.from({ length: size }, () => deployment.start()));
  const evictions: Eviction[] = [];
  let kills = 0;
  const any = (): Instance => alive[Math.floor(random.next() * alive.length)]!;
  const evict = async (instance: Instance) => void evictions.push(await instance.evict());
  return {
    get url() {
      return any().url;
    },
    evictions,
    get kills() {
      return kills;
    },
    async replaceOne(how) {
      const [victim] = alive.splice(Math.floor(random.next() * alive.length), 1);
      const gone = how === "kill" ? (kills++, victim!.kill()) : evict(victim!);
      const [fresh] = await Promise.all([deployment.start(), gone]);
      alive.push(fresh);
    },
    async empty() {
      await Promise.all(alive.splice(0).map(evict));
    },
    async call(method, path, { body, headers = {} } = {}) {
      for (let calls = 0; calls < MOST_CALLS; calls++) {
        const answer = await fetch(any().url + path, {
          method,
          headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }).catch(() => null);
        if (answer !== null && answer.status < 500) return answer;
        await answer?.body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`${method} ${path} was not answered by any instance`);
    },
  };
}
