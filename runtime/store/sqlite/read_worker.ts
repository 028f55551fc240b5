import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import { type QueryCall, runBoundQuery } from "./bound_query.ts";
import { openReaderConnection } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { storageFault } from "./faults.ts";
import { serveCalls } from "./worker_port.ts";

/** First `open`, once; then any number of `query`. */
export type ReadWorkerRequest =
  | { readonly ask: "open"; readonly path: string; readonly registryUrl: string }
  | { readonly ask: "query"; readonly query: QueryCall };

let source: { readonly db: Kysely<unknown>; readonly registry: Registry } | undefined;

// The entry of a worker of its own, so that a long list or report never stops the server's loop.
serveCalls(async (request: ReadWorkerRequest) => {
  try {
    return request.ask === "open" ? await open(request) : await runBoundQuery(source!, request.query);
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
});

async function open({ path, registryUrl }: { path: string; registryUrl: string }): Promise<void> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  source = { db: kyselyOver(openReaderConnection(path)), registry };
}
