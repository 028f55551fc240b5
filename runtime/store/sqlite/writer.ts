import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Ownership } from "../contract.ts";
import { migrate } from "../migrate.ts";
import { BatchApplier } from "./apply.ts";
import { type BatchWire, unpackBatch } from "./batch_wire.ts";
import { openWriterConnection, type Sync } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { storageFault } from "./faults.ts";
import { claimOwnership } from "./fence.ts";
import { serveCalls } from "./worker_port.ts";

/**
 * What the main thread asks of the writer, one at a time: first `open`, answered with the ownership; then any number of
 * `write`, answered with JSON of the results; last `close`.
 */
export type WriterRequest =
  | { readonly ask: "open"; readonly options: WriterOptions }
  | { readonly ask: "write"; readonly batch: BatchWire }
  | { readonly ask: "close" };

export interface WriterOptions {
  readonly path: string;
  readonly registryUrl: string;
  readonly node: string;
  readonly now: number;
  readonly sync: Sync;
}

let db: DatabaseSync | undefined;
let applier: BatchApplier | undefined;

// The entry of a worker of its own, so that waiting for the disk never stops the server's loop.
serveCalls(async (request: WriterRequest) => {
  switch (request.ask) {
    case "open":
      return await open(request.options);
    case "write":
      if (applier === undefined) throw new RuntimeError("stopping", "The store is not open");
      return JSON.stringify(applier.apply(unpackBatch(request.batch)));
    case "close":
      applier?.end();
      applier = undefined;
      return db?.close();
  }
});

async function open({ path, registryUrl, node, now, sync }: WriterOptions): Promise<Ownership> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  try {
    db = openWriterConnection(path, sync);
    await migrate(kyselyOver(db), registry);
    const ownership = claimOwnership(db, { node, now });
    applier = new BatchApplier(db, { registry, ownership });
    return ownership;
  } catch (thrown) {
    if (db?.isOpen) db.close();
    throw storageFault(thrown) ?? thrown;
  }
}
