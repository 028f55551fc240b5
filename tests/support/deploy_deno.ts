import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Deno as Deno Deploy runs it: its version, and nothing that only newer ones have. */
export const DEPLOY_DENO = "2.5.0";
/** The only platform whose Deno the tests know by name. */
export const CANNOT_DEPLOY: boolean = Deno.build.target !== "x86_64-unknown-linux-gnu";

/** Packages are downloaded once, by the Deno of the tests; what an older one makes of them is its own. */
export async function shareDownloads({ project, cache }: { project: string; cache: string }): Promise<void> {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: project }).output();
    if (code !== 0) throw new Error(`deno ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  };
  await run("install", "--frozen");
  const { npmCache } = JSON.parse(await run("info", "--json"));
  await Deno.mkdir(cache);
  await Deno.symlink(npmCache, join(cache, "npm"));
}

/** The path of the program; the package of that version is downloaded when it is asked for first. */
export async function deployDeno(): Promise<string> {
  const { default: { version } } = await import("@deno/linux-x64-glibc/package.json", { with: { type: "json" } });
  if (version !== DEPLOY_DENO) throw new Error(`tests/deno.json has Deno ${version} in place of ${DEPLOY_DENO}`);
  return fileURLToPath(import.meta.resolve("@deno/linux-x64-glibc/deno"));
}
