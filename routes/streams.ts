import type { Clock } from "../runtime/mod.ts";
import type { Principal } from "./access/principal.ts";
import { Refusal } from "./problem.ts";
import { createDraining, type Draining } from "./draining.ts";
import { createTending, type Tending } from "./tending.ts";

/** The open event streams: no more than the cap, and one timer for all of their heartbeats and cuts. */
export interface Streams {
  readonly open: number;
  /** Takes a place; call the answer once to give it back. @throws {Refusal} 503 when all are taken */
  enter(): () => void;
  readonly tend: Tending["tend"];
  readonly draining: Draining;
  /** Who reads them, one each. */
  principals(): Iterable<Principal>;
  /** Ends those whose reader may read no more. */
  end(isOver: (principal: Principal) => boolean): void;
}

export function createStreams(max: number, clock: Clock): Streams {
  const tending = createTending(clock);
  let open = 0;
  return {
    get open() {
      return open;
    },
    enter() {
      if (open >= max) {
        throw new Refusal(503, "All event streams are taken: try again later", { headers: { "Retry-After": "5" } });
      }
      open++;
      let left = false;
      return () => {
        if (!left) open--;
        left = true;
      };
    },
    tend: tending.tend,
    draining: createDraining(clock),
    principals: () => [...tending.all].map(({ principal }) => principal),
    end(isOver) {
      for (const stream of [...tending.all]) if (isOver(stream.principal)) stream.finish();
    },
  };
}
