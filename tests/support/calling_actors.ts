import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { UpstreamDeclaration } from "../../runtime/actor/upstream.ts";
import { projectRoot } from "./lint/project_path.ts";

/** A folder of kinds that call outside, for a server under test. */
export interface CallingActors extends AsyncDisposable {
  /** For `ACTORS`. */
  readonly mod: string;
}

/**
 * `webhook` with a short backoff; `tracker` calls the upstream at `upstreamUrl`, which is as declared; `visitor` calls what
 * its payload says; `member` calls an upstream whose address and token are UPS_URL and UPS_TOKEN, `lacking` one whose are
 * UPS_NOWHERE; `measure` tells how long an answer of up to 16 MiB is, at the base that its payload says.
 */
export async function writeCallingActors(
  upstreamUrl: string,
  declared: Partial<UpstreamDeclaration> = {},
): Promise<CallingActors> {
  const dir = await Deno.makeTempDir({ prefix: "mailroom-actors-" });
  const own = (path: string) => pathToFileURL(join(projectRoot, path)).href;
  const files = {
    "mod.ts": `
      import { z } from "zod";
      import { createRegistry, defineJob, defineUpstream, fromEnv } from "@mailroom/mailroom";
      import { webhookJob } from "${own("actors/webhook/webhook_job.ts")}";

      const ups = defineUpstream({ name: "ups", baseUrl: ${JSON.stringify(upstreamUrl)}, ...${
      JSON.stringify(declared)
    } });
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
      const calls = (type, upstream) => defineJob({
        type, payload: given, result, retry: { ...retry, maxAttempts: 1 }, upstreams: [upstream],
        run: async ({ url }, ctx) => await ctx.fetch(upstream, url),
      });
      const auth = { scheme: "bearer", token: fromEnv("UPS_TOKEN", "unknown") };
      const member = calls("member", defineUpstream({
        name: "members", baseUrl: fromEnv("UPS_URL", "http://127.0.0.1:9"), auth, retry: { maxAttempts: 1 },
      }));
      const lacking = calls("lacking", defineUpstream({ name: "nowhere", baseUrl: fromEnv("UPS_NOWHERE") }));
      const source = defineUpstream({ name: "source", baseUrl: null, answerBytes: 16 * 1024 * 1024 });
      const measure = defineJob({
        type: "measure", payload: given, result, retry: { ...retry, maxAttempts: 1 }, upstreams: [source],
        run: async ({ url: baseUrl }, ctx) => {
          const { status, text } = await ctx.fetch(source, "", { baseUrl, idempotent: false });
          return { status, text: String(text.length) };
        },
      });
      const own = [tracker, visitor, member, lacking, measure];
      export const registry = createRegistry([{ ...webhookJob, retry: { ...retry, maxAttempts: 8 } }, ...own]);
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
