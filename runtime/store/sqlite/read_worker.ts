import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import type { ActorsPage, DeadLettersPage } from "../contract.ts";
import { type QueryCall, runBoundQuery } from "./bound_query.ts";
import { openReaderConnection } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { storageFault } from "./faults.ts";
import { ActorPages } from "./read_actors.ts";
import { DeadLetterPages } from "./read_dead_letters.ts";
import { serveCalls } from "./worker_port.ts";

/** First `open`, once; then any number of the others. `query` is answered with JSON text, a list with its page. */
export type ReadWorkerRequest =
  | { readonly ask: "open"; readonly path: string; readonly registryUrl: string }
  | { readonly ask: "query"; readonly query: QueryCall }
  | { readonly ask: "actors"; readonly page: ActorsPage }
  | { readonly ask: "deadLetters"; readonly page: DeadLettersPage };

interface Source {
  readonly db: Kysely<unknown>;
  readonly registry: Registry;
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
        return await runBoundQuery(source!, request.query);
      case "actors":
        return source!.actors.page(request.page);
      case "deadLetters":
        return source!.deadLetters.page(request.page);
    }
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
});

async function open({ path, registryUrl }: { path: string; registryUrl: string }): Promise<void> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  const db = openReaderConnection(path);
  source = { db: kyselyOver(db), registry, actors: new ActorPages(db), deadLetters: new DeadLetterPages(db) };
}
