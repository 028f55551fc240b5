/**
 * Runs the whole suite, for `deno task test`: in many processes, four at a time, since many tests wait for something and
 * `deno test --parallel` would share one environment, one set of locks and one death among all of them. Two lanes begin
 * with the files that start servers and browsers, one with those that do not, and one with those that mostly wait: what
 * computes does so for about half of its time, so three of them keep two processors busy beside one that hardly does. A
 * lane that is through goes on with the last of what is left, which are short. What a process prints is shown as a whole
 * when it ends, and what failed once more at the end; the last line counts. With arguments only the processes that run a
 * file whose path begins with one of them.
 */
import { join } from "node:path";
import { countOf, type PartResult, reasonOf } from "./suite_result.ts";
import { type SuitePart, suiteParts } from "./suite_parts.ts";
import { projectRoot } from "./lint/project_path.ts";
import { SHARED_BROWSER } from "./chromium.ts";
import { SHARED_POSTGRES } from "./postgres_server.ts";

const TESTS = "tests/";

const begunAt = performance.now();
const waiting = suiteParts(testFiles(TESTS)).filter(isWanted);
const results: PartResult[] = [];
const browserDir = await Deno.makeTempDir({ prefix: "mailroom-chromium-" });
const postgresDir = await Deno.makeTempDir({ prefix: "mailroom-postgres-" });
const entryDir = await Deno.makeTempDir({ prefix: "mailroom-suite-" });
try {
  const isServed = ({ paths }: SuitePart) => paths[0]!.startsWith(`${TESTS}e2e/`);
  await Promise.all([
    lane((part) => !part.waits && isServed(part)),
    lane((part) => !part.waits && isServed(part)),
    lane((part) => !part.waits && !isServed(part)),
    lane(({ waits }) => waits),
  ]);
} finally {
  for (const dir of [browserDir, postgresDir, entryDir]) await Deno.remove(dir, { recursive: true });
}
const { passed, failed, unwell } = countOf(results);
for (const result of results.filter(({ code }) => code !== 0)) {
  say(`\n=== failed: ${result.name}\n${reasonOf(result)}\n`);
}
if (unwell.length > 0) say(`failed in: ${unwell.join(", ")}`);
say(`suite: ${passed} passed, ${failed} failed (${seconds(begunAt)} s)`);
Deno.exit(unwell.length === 0 ? 0 : 1);

async function lane(isPreferred: (part: SuitePart) => boolean): Promise<void> {
  for (let part = take(isPreferred); part !== undefined; part = take(isPreferred)) {
    const partBegunAt = performance.now();
    say(`... ${part.name}`);
    const result = await run(part);
    results.push(result);
    say(`\n=== ${part.name} (${seconds(partBegunAt)} s)\n${result.output.trim()}\n`);
  }
}

/** The first of those, or else the last of all. */
function take(isPreferred: (part: SuitePart) => boolean): SuitePart | undefined {
  const place = waiting.findIndex(isPreferred);
  return place < 0 ? waiting.pop() : waiting.splice(place, 1)[0];
}

/** Both outputs in the order in which they were written, which two pipes would lose. */
async function run(part: SuitePart): Promise<PartResult> {
  const { name, paths } = part;
  const test = ["test", "-A", "--no-check", "--config", "tests/deno.json"];
  const { code, stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" "$@" 2>&1',
      Deno.execPath(),
      ...test,
      ...(paths[0]!.endsWith(".md") ? ["--doc"] : []),
      await entryOf(part),
    ],
    cwd: projectRoot,
    env: { [SHARED_BROWSER]: browserDir, [SHARED_POSTGRES]: postgresDir },
    stdin: "null",
    stdout: "piped",
  }).output();
  return { name, code, output: new TextDecoder().decode(stdout) };
}

/**
 * What a process is to load: the one file, or a module that loads them all. `deno test` would give each file an isolate of
 * its own, in which the modules, the threads and the database server that many have in common would be started anew.
 */
async function entryOf({ name, paths }: SuitePart): Promise<string> {
  if (paths.length === 1) return paths[0]!;
  const entry = join(entryDir, `${name.replaceAll(/\W+/g, "_")}_test.ts`);
  await Deno.writeTextFile(entry, paths.map((path) => `import "file://${join(projectRoot, path)}";\n`).join(""));
  return entry;
}

function isWanted({ paths }: SuitePart): boolean {
  return Deno.args.length === 0 || Deno.args.some((wanted) => paths.some((path) => path.startsWith(wanted)));
}

function testFiles(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, `file://${projectRoot}/`))).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(`${folder}${name}/`);
    return name.endsWith("_test.ts") ? [`${folder}${name}`] : [];
  });
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}

function say(line: string): void {
  // deno-lint-ignore no-console -- a command that speaks to a person
  console.log(line);
}
