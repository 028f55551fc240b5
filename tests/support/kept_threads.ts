import { type StartReader, startReader } from "../../runtime/store/sqlite/read_link.ts";
import { type StartWriter, startWriter } from "../../runtime/store/sqlite/open.ts";
import type { WorkerLink } from "../../runtime/store/sqlite/worker_port.ts";

/**
 * Threads that open one file after another: where a test file has many stores, most of the time would go into starting
 * threads and loading their modules. One that was not closed in order is ended, as any other.
 */
export const keptWriter: StartWriter = keeping<[notice: unknown]>(startWriter);
export const keptReader: StartReader = keeping<[]>(startReader);

interface Kept<Hear> {
  readonly thread: WorkerLink;
  hear: Hear;
}

/** A thread that is idle has nobody to tell. */
const deaf = () => {};

function keeping<Told extends unknown[]>(
  start: (hear: (...told: Told) => void) => WorkerLink,
): (hear: (...told: Told) => void) => WorkerLink {
  const idle: Kept<(...told: Told) => void>[] = [];
  const begin = () => {
    const kept: typeof idle[number] = { thread: start((...told) => kept.hear(...told)), hear: deaf };
    return kept;
  };
  return (hear) => {
    const kept = idle.pop() ?? begin();
    kept.hear = hear;
    let isClosed = false;
    let isOver = false;
    return {
      async call(request, transfer) {
        const answer = await kept.thread.call(request, transfer);
        isClosed = (request as { readonly ask: string }).ask === "close";
        return answer;
      },
      terminate() {
        if (isOver) return;
        isOver = true;
        kept.hear = deaf;
        if (isClosed) idle.push(kept);
        else kept.thread.terminate();
      },
    };
  };
}
