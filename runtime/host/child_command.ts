import { dirname } from "node:path";
import { heapMb, type MemoryShare } from "./memory_bounds.ts";
import { type KindPlaces, unionOfPermissions } from "./permission_sets.ts";

export interface ChildCommandOptions extends MemoryShare {
  readonly workerUrl: string;
  readonly registry: KindPlaces;
  /** The deno.json whose import map the actors need. */
  readonly configUrl: string;
  /** Folders of modules that the actors import besides those beside `workerUrl`; URLs that end in a slash. */
  readonly sourceUrls: readonly string[];
  /** The environment of the server: the child gets what Deno needs to find its cache and what kinds ask for. */
  readonly env: Readonly<Record<string, string>>;
}

const CHILD_URL = new URL("./child.ts", import.meta.url);
const RUNTIME_FOLDER = new URL("../", import.meta.url);
const NEEDED_BY_DENO = ["HOME", "DENO_DIR", "PATH", "TMPDIR"];

/**
 * The command of a child process with the least permissions that its workers need: it may read the modules it loads and
 * use the folder of its socket, and holds what some kind asks for, since a worker can never have more than its process.
 */
export function childCommand(
  socketPath: string,
  { workerUrl, registry, configUrl, sourceUrls, env, ...share }: ChildCommandOptions,
): Deno.Command {
  const { net, read, env: names } = unionOfPermissions(registry);
  const folders = [RUNTIME_FOLDER, new URL(".", workerUrl), ...sourceUrls.map((url) => new URL(url))].map(pathOf);
  const args = [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    `--config=${pathOf(new URL(configUrl))}`,
    "--unstable-worker-options",
    "--unstable-no-legacy-abort",
    `--v8-flags=--max-old-space-size=${heapMb(share)}`,
    allow("read", [dirname(socketPath), ...folders, ...read]),
    allow("write", [dirname(socketPath)]),
    allow("net", [`unix:${socketPath}`, ...net]),
    ...(names.length > 0 ? [allow("env", names)] : []),
    CHILD_URL.href,
    socketPath,
  ];
  const wanted = new Set([...NEEDED_BY_DENO, ...names]);
  return new Deno.Command(Deno.execPath(), {
    args,
    clearEnv: true,
    env: { ...Object.fromEntries(Object.entries(env).filter(([name]) => wanted.has(name))), NO_COLOR: "1" },
    // What a terminal sends to the server's group must not end one that has not come to ignore it yet.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** In a list of names a comma is written twice. */
function allow(what: string, names: readonly string[]): string {
  return `--allow-${what}=${names.map((name) => name.replaceAll(",", ",,")).join(",")}`;
}
