import { fileURLToPath } from "node:url";
import { allow, denoCommand } from "./deno_command.ts";
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

/** With 8 a handler that parses text for ever looks like one that hoards, because what it drops grows old before it is collected. */
const YOUNG_MB = 16;
const CHILD_URL = new URL("./child.ts", import.meta.url);
const RUNTIME_FOLDER = new URL("../", import.meta.url);

/**
 * The command of a child process with the least permissions that its workers need: it may read the modules it loads and
 * use the folder of its socket, and holds what some kind asks for, since a worker can never have more than its process.
 */
export function childCommand(
  socketPath: string,
  { workerUrl, registry, configUrl, sourceUrls, env, ...share }: ChildCommandOptions,
): Deno.Command {
  const { net, read, env: names } = unionOfPermissions(registry);
  const folders = [RUNTIME_FOLDER, new URL(".", workerUrl), ...sourceUrls.map((url) => new URL(url))];
  return denoCommand(socketPath, {
    entry: CHILD_URL,
    configUrl,
    heapMb: heapMb(share),
    youngMb: YOUNG_MB,
    read: [...folders.map((folder) => fileURLToPath(folder)), ...read],
    flags: [
      "--unstable-worker-options",
      "--unstable-no-legacy-abort",
      allow("net", [`unix:${socketPath}`, ...net]),
      ...(names.length > 0 ? [allow("env", names)] : []),
    ],
    env,
    passedOn: names,
    outputs: ["stdout", "stderr"],
  });
}
