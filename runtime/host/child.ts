/**
 * The main isolate of a child process: a relay between its socket and the workers inside. It never runs a handler, and reads no
 * more of deliveries and outcomes than it must know.
 *
 * It obeys its socket alone: SIGINT, SIGTERM and SIGHUP, which a terminal or a service manager sends to the group, are
 * ignored, and it exits when the socket closes, so a killed server leaves no orphan, nor the folder of its sockets.
 */
import { dirname } from "node:path";
import { every, systemClock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import { readAnswers } from "./answer_heads.ts";
import { type ChildFrame, type ChildSetup, type ServerFrame } from "./child_protocol.ts";
import { ChildWatch } from "./child_watch.ts";
import { readErrands } from "./errand.ts";
import { readFrames } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { failedInstead, outcomesText, readOutcome, type ToldOutcome } from "./told_outcome.ts";
import type { PoolEvents } from "./worker_pool.ts";
import { WorkerPools } from "./worker_pools.ts";
import { BEAT_PERIOD_MS } from "./worker_protocol.ts";

/** A server that hears of it kills at once; one that is held up must not let the memory grow meanwhile. */
const FULL_GRACE_MS = 50;

async function serve(socketPath: string): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  const socket = await Deno.connect({ transport: "unix", path: socketPath });
  const writer = new FrameWriter<ChildFrame>(socket);
  const ahead = { ms: Infinity };
  let pools: WorkerPools | null = null;
  await readFrames<ServerFrame>(socket, (frame) => {
    if (frame.frame === "setup") pools ??= open(frame.setup, { writer, ahead });
    else if (frame.frame === "work") pools?.add(readErrands(frame.heads, frame.text!));
    else if (frame.frame === "cancel") pools?.cancel(frame.turn);
    else if (frame.frame === "answers") pools?.answer(readAnswers(frame.heads, frame.text!));
    else if (frame.frame === "ahead") {
      ahead.ms = frame.ms;
      pools?.tellAhead();
    } else if (frame.frame === "drain") pools?.drain();
  });
}

function open(
  setup: ChildSetup,
  { writer, ahead }: { writer: FrameWriter<ChildFrame>; ahead: { readonly ms: number } },
): WorkerPools {
  const pools: WorkerPools = new WorkerPools({
    workerUrl: setup.workerUrl,
    registry: { kinds: new Map(setup.kinds.map((kind) => [kind.kind, kind])) },
    workers: setup.workers,
    clock: systemClock,
    events: relay(writer, (turn) => pools.cancel(turn)),
    timing: setup.isLone ? { ...setup.timing, stuckAfterMs: setup.timing.loneStuckAfterMs } : setup.timing,
    ahead,
    childLane: setup.childLane,
    onStuck: () => writer.write({ frame: "stuck" }),
  });
  every(systemClock, BEAT_PERIOD_MS, () => writer.write({ frame: "beat", at: systemClock.monotonic() }));
  pools.start().then(
    () => {
      watch(pools, setup, writer);
      writer.write({ frame: "ready", at: systemClock.monotonic() });
    },
    (cause) => writer.write({ frame: "failed", message: serializeError(cause).message }),
  );
  return pools;
}

function watch(pools: WorkerPools, { memory }: ChildSetup, writer: FrameWriter<ChildFrame>): void {
  new ChildWatch({
    clock: systemClock,
    bounds: memory,
    suspects: () => pools.suspects(),
    heldBytes: () => Deno.memoryUsage().rss,
    tell(frame) {
      writer.write(frame);
      if (frame.frame === "full") systemClock.after(FULL_GRACE_MS, () => Deno.exit(1));
    },
  });
}

/** An outcome that does not fit ends its turn as failed; `cancel` reaches a handler that has gone on to the next step. */
function relay(writer: FrameWriter<ChildFrame>, cancel: (turn: number) => void): PoolEvents {
  const refuseOutcome = (told: ToldOutcome) => {
    writer.write({ frame: "outcomes" }, outcomesText([failedInstead(readOutcome(told), tooLarge())]));
    cancel(told.turn);
  };
  return {
    outcomes: (outcomes) =>
      writer.writeAll(outcomes, {
        frame: () => ({ frame: "outcomes" }),
        text: outcomesText,
        refuse: refuseOutcome,
      }),
    started: (turns) => writer.write({ frame: "started", turns }),
    live: (notes) => writer.writeAll(notes, { frame: (notes) => ({ frame: "live", notes }), refuse: () => {} }),
    requests: (requests) =>
      writer.writeAll(requests, { frame: (requests) => ({ frame: "requests", requests }), refuse: () => {} }),
    lost: (turns) => writer.write({ frame: "lost", turns }),
    notice: (notice) => writer.write({ frame: "notice", notice }),
  };
}

function tooLarge(): RuntimeError {
  return new RuntimeError("too-large", "What the turn asks to commit does not fit one frame: yield earlier");
}

/** A server that lives kills its children before it closes their sockets; so here it is gone, and its folder useless. */
function sweep(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // Another child of the same server was first.
  }
}

const socketPath = Deno.args[0]!;
await serve(socketPath);
sweep(dirname(socketPath));
Deno.exit(0);
