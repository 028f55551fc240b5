import { join } from "node:path";

/** The real server as a process of the demo. */
export interface DemoServer extends AsyncDisposable {
  /** Its address, when it can work. @throws {Error} when it ends before */
  readonly ready: Promise<string>;
  /** Its exit code. */
  readonly exited: Promise<number>;
  lastLines(): string;
}

const KEPT_LINES = 30;
/** Nobody will miss what was under way. */
const STOP_GRACE_MS = "500";

/** In a group of its own: a Ctrl-C is for the demo, which then stops it. */
export function startDemoServer(
  { root, env }: { readonly root: string; readonly env: Readonly<Record<string, string>> },
): DemoServer {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", join(root, "deno.json"), join(root, "main.ts")],
    cwd: root,
    detached: true,
    // Nobody signs in, so nobody else is let in: whatever the environment says of real servers.
    env: { HOST: "127.0.0.1", EGRESS_ALLOW: "127.0.0.1", LOG_FORMAT: "json", LOG_LEVEL: "info", STOP_GRACE_MS, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    const { message, url } = parsed(line);
    if (message === "ready" && url !== undefined) ready.resolve(url);
  };
  const read = Promise.all([child.stdout, child.stderr].map((output) => eachLine(output, onLine)));
  const exited = child.status.then(async ({ code }) => {
    await read;
    ready.reject(new Error(`The server could not start:\n${lines.join("\n")}`));
    return code;
  });
  ready.promise.catch(() => {});
  return {
    ready: ready.promise,
    exited,
    lastLines: () => lines.join("\n"),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await exited;
    },
  };
}

async function eachLine(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  }
}

function parsed(line: string): { message?: string; url?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
