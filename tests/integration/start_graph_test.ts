import assert from "node:assert/strict";
import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";

/** Deno loads whatever it can read in an `import`, also in one that is not come by. */
async function loadedAtStart(): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", join(projectRoot, "deno.json"), join(projectRoot, "main.ts")],
  }).output();
  const { modules, roots } = JSON.parse(new TextDecoder().decode(stdout)) as Info;
  const loaded = new Set(roots);
  for (const name of loaded) {
    const { dependencies = [] } = modules.find(({ specifier }) => specifier === name) ?? {};
    for (const { code } of dependencies) if (code?.specifier !== undefined) loaded.add(code.specifier);
  }
  return [...loaded];
}

Deno.test("a start on a file loads nothing of Postgres", async () => {
  const names = await loadedAtStart();
  assert.ok(names.some((name) => name.endsWith("/runtime/store/sqlite/open.ts")));
  assert.deepEqual(names.filter((name) => /^npm:.*\bpg|store\/postgres\/(?!url|dialect|faults)/.test(name)), []);
});

Deno.test("S4-57 a start loads nothing of telemetry before it is known to be on", async () => {
  const names = await loadedAtStart();
  assert.ok(names.some((name) => name.endsWith("/runtime/system/telemetry/choose.ts")));
  assert.deepEqual(names.filter((name) => /^npm:@opentelemetry|system\/telemetry\/(?!choose|contract)/.test(name)), []);
});

interface Info {
  readonly roots: readonly string[];
  /** `type` stands for what is only known of it. */
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
  }[];
}
