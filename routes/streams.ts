import { Refusal } from "./problem.ts";

/** How many event streams are open, and no more than the cap. */
export interface Streams {
  readonly open: number;
  /** Takes a place; call the answer once to give it back. @throws {Refusal} 503 when all are taken */
  enter(): () => void;
}

export function createStreams(max: number): Streams {
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
  };
}
