import assert from "node:assert/strict";
import { join } from "node:path";
import { CANNOT_DEPLOY, deployDeno, shareDownloads } from "../support/deploy_deno.ts";
import { projectRoot } from "../support/lint/project_path.ts";

/** What a node is on Deno Deploy beside what it is elsewhere. */
const CONTRACTS = ["tests/integration/plain_worker_host_test.ts", "tests/integration/deploy_broker_test.ts"];

/** What an older Deno knows of tests/deno.json, and nothing that is unstable. */
async function oldConfig(): Promise<string> {
  const { imports, compilerOptions } = JSON.parse(await Deno.readTextFile(join(projectRoot, "tests/deno.json")));
  const placed = Object.entries<string>(imports).map(([name, to]) =>
    [name, to.startsWith(".") ? `file://${join(projectRoot, "tests", to)}` : to] as const
  );
  return JSON.stringify({ imports: Object.fromEntries(placed), compilerOptions });
}

Deno.test({
  name: "hosts and brokers keep their contracts with the Deno of Deno Deploy",
  ignore: CANNOT_DEPLOY,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "mailroom-contracts-" });
    try {
      const [config, cache] = [join(folder, "deno.json"), join(folder, "cache")];
      await Deno.writeTextFile(config, await oldConfig());
      await shareDownloads({ project: join(projectRoot, "tests"), cache });
      // A copy: what this Deno would write into it is its own.
      await Deno.copyFile(join(projectRoot, "tests/deno.lock"), join(folder, "deno.lock"));
      const { code, stdout, stderr } = await new Deno.Command(await deployDeno(), {
        args: ["test", "-A", "--no-check", "--config", config, "--cached-only", ...CONTRACTS],
        cwd: projectRoot,
        env: { DENO_DIR: cache, MAILROOM_TEST_CONFIG: config, NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.equal(code, 0, said.slice(-8_000));
      assert.match(said, /ok \| \d{2,} passed( \(\d+ steps\))? \| 0 failed/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
