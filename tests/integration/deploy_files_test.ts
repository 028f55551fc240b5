import assert from "node:assert/strict";
import { join } from "node:path";
import { DockerfileParser, type From, type Instruction } from "dockerfile-ast";
import { parse } from "yaml";
import project from "../../deno.json" with { type: "json" };
import { loadConfig, SETTINGS } from "../../runtime/system/config.ts";
import { projectRoot } from "../support/lint/project_path.ts";

const fileOf = (name: string) => Deno.readTextFileSync(join(projectRoot, ".deploy", name));
const SETTING_NAMES: readonly string[] = SETTINGS.map(({ name }) => name);
/** What `deno task start` runs, as words. */
const START = project.tasks.start.split(" ");

/** NAME=value, also behind `# `. */
const settingsIn = (text: string) => [...text.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name!);

function unknownSettings(names: readonly string[]): string[] {
  return names.filter((name) => !SETTING_NAMES.includes(name) && !/^(POSTGRES|DENO)_/.test(name));
}

interface Service {
  readonly image: string;
  readonly restart: string;
  readonly "env_file": string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly "read_only"?: boolean;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly "depends_on"?: Readonly<Record<string, { readonly condition: string }>>;
}

function compose(): { services: Readonly<Record<string, Service>>; volumes: Readonly<Record<string, unknown>> } {
  return parse(fileOf("compose.yaml"), { merge: true, strict: true });
}

Deno.test("the systemd unit is one, and starts what deno task start does", async (t) => {
  const unit = fileOf("mailroom.service");
  const command = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(" ");
  assert.deepEqual(["deno", ...command.slice(1)], START);
  for (
    const line of ["Restart=always", "KillSignal=SIGTERM", "KillMode=mixed", "OOMPolicy=continue", "User=mailroom"]
  ) {
    assert.ok(unit.split("\n").includes(line), line);
  }
  const grace = Number(SETTINGS.find(({ name }) => name === "STOP_GRACE_MS")!.default);
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]) * 1_000 >= grace + 5_000);
  const hasSystemd = await new Deno.Command("systemd-analyze", { args: ["--version"], stdout: "null" }).output()
    .then(({ success }) => success, () => false);
  await t.step({
    name: "systemd-analyze verify says nothing",
    ignore: !hasSystemd,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "mailroom-unit-" });
      try {
        const file = join(folder, "mailroom.service");
        // The only word that is true of no machine but the one it is for.
        await Deno.writeTextFile(file, unit.replace("/usr/local/bin/deno", Deno.execPath()));
        const { code, stderr } = await new Deno.Command("systemd-analyze", { args: ["verify", file] }).output();
        assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
});

Deno.test("the example of a node's environment names settings that exist", () => {
  assert.deepEqual(unknownSettings(settingsIn(fileOf("mailroom.env.example"))), []);
});

Deno.test("the Dockerfile builds in stages from files that are there, ends without root, and asks for its health [S4-52]", () => {
  const dockerfile = DockerfileParser.parse(fileOf("Dockerfile"));
  const named = (name: string): Instruction[] =>
    dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === name);
  const wordsOf = (instruction: Instruction) => instruction.getArguments().map((word) => word.getValue());

  const stages = named("FROM").map((from) => (from as From).getImage());
  assert.deepEqual(stages, Array(2).fill("denoland/deno:${DENO_VERSION}"));
  const copied = named("COPY").map(wordsOf).filter(([first]) => !first!.startsWith("/"));
  const sources = copied.flatMap((words) => words.slice(0, -1));
  for (const source of sources) Deno.statSync(join(projectRoot, source));
  const ignored = fileOf("Dockerfile.dockerignore").split("\n");
  assert.deepEqual(ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1)).sort(), sources.sort());

  assert.deepEqual(named("USER").map(wordsOf), [["deno"]]);
  assert.equal(named("HEALTHCHECK").length, 1);
  const settings = named("ENV").flatMap(wordsOf).map((word) => word.split("=")[0]!);
  assert.deepEqual(unknownSettings(settings), []);
  const command = JSON.parse(named("CMD").at(-1)!.getArgumentsContent()!) as string[];
  assert.deepEqual(command.filter((word) => word !== "--cached-only"), START);
  for (const module of named("RUN").flatMap(wordsOf).filter((word) => word.endsWith(".ts"))) {
    Deno.statSync(join(projectRoot, module));
  }
});

Deno.test("the compose file starts everything: a Postgres and three nodes, when the tables are made [S4-40, S4-50]", () => {
  const { services, volumes } = compose();
  const { postgres, migrate, ...nodes } = services;
  assert.deepEqual(postgres!.image, "postgres:18");
  assert.ok(postgres!.healthcheck!.test!.includes("pg_isready"));
  assert.deepEqual(postgres!.volumes!.map((volume) => volume.split(":")[0]), Object.keys(volumes));
  assert.deepEqual(migrate!.command, ["deno", "task", "migrate"]);
  assert.deepEqual(migrate!["depends_on"], { postgres: { condition: "service_healthy" } });

  assert.deepEqual(Object.keys(nodes), ["http", "worker-1", "worker-2"]);
  for (const [name, node] of Object.entries(nodes)) {
    assert.deepEqual(node["depends_on"], { migrate: { condition: "service_completed_successfully" } });
    assert.deepEqual([node.restart, node["read_only"], node["env_file"]], ["always", true, "mailroom.env"], name);
    assert.deepEqual(unknownSettings(Object.keys(node.environment!)), []);
    assert.equal(node.environment!.NODE, name);
    Deno.statSync(join(projectRoot, ".deploy", node.build!.context, node.build!.dockerfile));
  }
  assert.deepEqual(Object.values(nodes).map(({ ports }) => ports?.length ?? 0), [1, 0, 0]);
});

Deno.test("no secret of a node's environment can be committed or reach an image [S4-42]", () => {
  assert.ok(Deno.readTextFileSync(join(projectRoot, ".gitignore")).split("\n").includes(".deploy/mailroom.env"));
  for (const line of fileOf("mailroom.env.example").split("\n")) assert.doesNotMatch(line, /^(AUTH|POSTGRES).*=./);
});

/** What can be nothing else: whoever finds one in a file has found a secret. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "a JWT": /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/,
  "an API key of Mailroom": /\bmr_[0-9a-z]{26}_[\w-]{43}\b/,
  "a key of a cloud": /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  "a token of a forge or a registry": /\b(?:gh[pousr]_|glpat-|npm_)\w{20,}/,
};
/** Of servers that tests open on this machine: nobody else believes them. */
const TEST_KEYS = join(projectRoot, "tests/support/tls/");
const UNTRACKED = [".git", "data", "coverage", "node_modules", "bench-results"];

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (folder === projectRoot && UNTRACKED.includes(name)) continue;
    if (isDirectory) yield* filesIn(join(folder, name));
    else yield join(folder, name);
  }
}

Deno.test("no file of the repository has a secret in it, or is one [S4-42]", () => {
  const found: string[] = [];
  let files = 0;
  for (const file of filesIn(projectRoot)) {
    if (file.startsWith(TEST_KEYS)) continue;
    files++;
    if (/(^|\/)\.env|\.(?:pem|key|p12|pfx)$/.test(file)) found.push(file);
    const text = Deno.readTextFileSync(file);
    for (const [what, looks] of Object.entries(SECRETS)) if (looks.test(text)) found.push(`${file}: ${what}`);
  }
  assert.deepEqual(found, []);
  assert.ok(files > 1_000, `only ${files} were looked at`);
});

Deno.test("what runs here is this machine's, and what is deployed names its services [S4-41]", () => {
  const defaults = new Map(SETTINGS.map((setting) => [setting.name as string, setting.default]));
  assert.deepEqual([defaults.get("HOST"), defaults.get("DATABASE_URL")], ["127.0.0.1", "sqlite:./data/mailroom.db"]);
  const { services } = compose();
  const [, host] = /in compose\.yaml HOST is (\w+)/.exec(fileOf("mailroom.env.example"))!;
  assert.equal(services[host!]?.image, "postgres:18");
  const { DATABASE_URL } = loadConfig({
    DATABASE_URL: `postgres://mailroom:word@${host}:5432/mailroom`,
    AUTH_SECRET: new Uint8Array(32).fill(1).toBase64(),
    HOST: "0.0.0.0",
  });
  assert.equal(new URL(DATABASE_URL).hostname, host);
  for (const file of ["compose.yaml", "Dockerfile", "mailroom.service"]) {
    const lines = fileOf(file).split("\n").filter((line) => /localhost|127\.0\.0\.1/.test(line));
    // Where the host's own proxy finds it, and where an image asks itself.
    assert.deepEqual(lines.filter((line) => !/ports: \["127|^ {2}CMD \["deno", "eval"/.test(line)), [], file);
  }
});

Deno.test("the deploy section of deno.json names tasks and files that are there", () => {
  const { install, predeploy, runtime } = project.deploy;
  assert.equal(install, "deno install");
  const [, task] = /^deno task ([a-z]+)$/.exec(predeploy)!;
  assert.ok(task! in project.tasks);
  Deno.statSync(join(projectRoot, runtime.entrypoint));
});
