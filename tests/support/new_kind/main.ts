/**
 * `deno task new -- job invoice`, `deno task new -- actor cart`: a kind to begin with, in a folder of its own, with its line in
 * actors/mod.ts and a first test. Refuses what is there already, and then changes nothing. Exit code 2 when it is called wrongly.
 */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { Registry } from "../../../runtime/authoring.ts";
import { give, say } from "../campaign_choice.ts";
import { projectRoot } from "../lint/project_path.ts";
import { namesOf, type Shape } from "./names.ts";
import { nextSteps } from "./next_steps.ts";
import { withRegistered } from "./registered.ts";
import { sourceOf, testOf } from "./sources.ts";
import { writeNew } from "./write_new.ts";

const USAGE =
  "Usage: deno task new -- job NAME, or: deno task new -- actor NAME (NAME in kebab-case, like wash-receipt)";
const REGISTRY = "actors/mod.ts";

async function main(args: readonly string[]): Promise<void> {
  const [shape, name, ...more] = args.filter((arg) => arg !== "--");
  if (shape !== "job" && shape !== "actor" || name === undefined || more.length > 0) give(USAGE);
  const names = namesOf(shape satisfies Shape, name);
  if (typeof names === "string") give(`${names}\n${USAGE}`);

  const { registry } = await import(pathToFileURL(join(projectRoot, REGISTRY)).href) as { registry: Registry };
  if (registry.kinds.has(name)) give(`There is a kind ${name} already: take another name`);
  const text = await Deno.readTextFile(join(projectRoot, REGISTRY));
  const registered = withRegistered(text, names);
  if (registered === undefined) {
    give(`${REGISTRY} is not a plain list of names any more, or has ${names.variable} already: add the kind by hand`);
  }
  await writeNew(projectRoot, {
    folder: names.folder,
    made: { [names.source]: sourceOf(names), [names.test]: testOf(names) },
    changed: { [REGISTRY]: registered },
  }).catch((error) => error instanceof Deno.errors.AlreadyExists ? give(error.message) : Promise.reject(error));
  say(nextSteps(names, REGISTRY));
}

await main(Deno.args);
