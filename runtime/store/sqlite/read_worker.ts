import type { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { ActorsPage, DeadLettersPage } from "../contract.ts";
import type { QueryCall } from "../declared_query.ts";
import { BoundQueries } from "./bound_query.ts";
import { openReaderConnection } from "./connection.ts";
import { ConnectionCell } from "./connection_cell.ts";
import { storageFault } from "./faults.ts";
import { ActorPages } from "./read_actors.ts";
import { DeadLetterPages } from "./read_dead_letters.ts";
import { serveCalls } from "./worker_port.ts";

/**
 * First `open`; then any number of the others; last `close`, after which another file may be opened. `query` is answered with JSON text, a list with its page.
 * `shared` is the memory of a `ConnectionCell`: once that is recalled, nothing but `close` is done.
 */
export type ReadWorkerRequest =
  | {
    readonly ask: "open";
    readonly path: string;
    readonly registryUrl: string;
    readonly shared: SharedArrayBuffer;
  }
  | { readonly ask: "query"; readonly query: QueryCall }
  | { readonly ask: "actors"; readonly page: ActorsPage }
  | { readonly ask: "deadLetters"; readonly page: DeadLettersPage }
  | { readonly ask: "close" };

interface Source {
  readonly cell: ConnectionCell;
  readonly connection: DatabaseSync;
  readonly queries: BoundQueries;
  readonly actors: ActorPages;
  readonly deadLetters: DeadLetterPages;
}

let source: Source | undefined;

// The entry of a worker of its own, so that a long list or report never stops the server's loop.
serveCalls(async (request: ReadWorkerRequest) => {
  try {
    switch (request.ask) {
      case "open":
        return await open(request);
      case "query":
        return await opened().queries.text(request.query);
      case "actors":
        return opened().actors.page(request.page);
      case "deadLetters":
        return opened().deadLetters.page(request.page);
      case "close":
        source?.connection.close();
        source = undefined;
        return;
    }
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
});

async function open(
  { path, registryUrl, shared }: Extract<ReadWorkerRequest, { readonly ask: "open" }>,
): Promise<void> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  const cell = new ConnectionCell(shared);
  if (!cell.take()) throw closed();
  const connection = openReaderConnection(path);
  try {
    const [actors, deadLetters] = [new ActorPages(connection), new DeadLetterPages(connection)];
    source = { cell, connection, queries: new BoundQueries(connection, registry), actors, deadLetters };
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

function opened(): Source {
  if (source === undefined || source.cell.isRecalled) throw closed();
  return source;
}

function closed(): RuntimeError {
  return new RuntimeError("stopping", "The store is closed");
}
