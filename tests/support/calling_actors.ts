import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./lint/project_path.ts";

/** A folder of kinds that call outside, for a server under test. */
export interface CallingActors extends AsyncDisposable {
  /** For `ACTORS`. */
  readonly mod: string;
}

/** `webhook` with a short backoff; `tracker` calls the upstream at `upstreamUrl`; `visitor` calls what its payload says. */
export async function writeCallingActors(upstreamUrl: string): Promise<CallingActors> {
  const dir = await Deno.makeTempDir({ prefix: "mailroom-actors-" });
  const own = (path: string) => pathToFileURL(join(projectRoot, path)).href;
  const files = {
    "mod.ts": `
      import { z } from "zod";
      import { createRegistry, defineJob, defineUpstream } from "@mailroom/mailroom";
      import { webhookJob } from "${own("actors/webhook/webhook_job.ts")}";

      const ups = defineUpstream({ name: "ups", baseUrl: ${JSON.stringify(upstreamUrl)} });
      const given = z.object({ url: z.string() });
      const result = z.object({ status: z.int(), text: z.string() });
      const retry = { maxAttempts: 3, baseMs: 10, maxMs: 100 };
      const tracker = defineJob({
        type: "tracker", payload: given, result, retry, upstreams: [ups],
        run: async ({ url }, ctx) => await ctx.fetch(ups, url),
      });
      const visitor = defineJob({
        type: "visitor", payload: given, result, retry, userAddresses: true,
        run: async ({ url }, ctx) => await ctx.fetchUrl(url),
      });
      export const registry = createRegistry([{ ...webhookJob, retry: { ...retry, maxAttempts: 8 } }, tracker, visitor]);
    `,
    "worker.ts": `
      import { serveWorker } from "${own("runtime/host/serve.ts")}";
      import { registry } from "./mod.ts";
      serveWorker(registry);
    `,
  };
  for (const [path, source] of Object.entries(files)) await Deno.writeTextFile(join(dir, path), source);
  return { mod: join(dir, "mod.ts"), [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
