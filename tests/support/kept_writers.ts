import { type StartWriter, startWriter } from "../../runtime/store/sqlite/open.ts";
import type { WriterLink } from "../../runtime/store/sqlite/worker_port.ts";
import type { WriterRequest } from "../../runtime/store/sqlite/writer.ts";

interface Kept {
  readonly writer: WriterLink;
  onNotice: (notice: unknown) => void;
}

const idle: Kept[] = [];

/**
 * A writer's thread that opens one file after another: where a file has many stores, most of the time would go into starting
 * threads and loading their modules. One that was not closed in order is ended, as any other.
 */
export const keptWriter: StartWriter = (onNotice: (notice: unknown) => void): ReturnType<StartWriter> => {
  const kept = idle.pop() ?? start();
  kept.onNotice = onNotice;
  let isClosed = false;
  let isOver = false;
  return {
    async call(request, transfer) {
      const answer = await kept.writer.call(request, transfer);
      isClosed = (request as WriterRequest).ask === "close";
      return answer;
    },
    terminate() {
      if (isOver) return;
      isOver = true;
      if (isClosed) idle.push(kept);
      else kept.writer.terminate();
    },
  };
};

function start(): Kept {
  const kept: Kept = { writer: startWriter((notice) => kept.onNotice(notice)), onNotice: () => {} };
  return kept;
}
