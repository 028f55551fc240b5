import { join } from "node:path";
import chromium from "@sparticuz/chromium";

/**
 * Arguments of the packed browser that do not fit tests: with --single-process a closed tab ends the browser, and the two
 * that switch the web's security off would hide what a person's browser refuses.
 */
const UNWANTED = ["--single-process", "--no-zygote", "--disable-web-security", "--allow-running-insecure-content"];

// No page here draws in three dimensions, and an emulated graphics card is the dearest way to show what is flat.
chromium.setGraphicsMode = false;

/** Names the folder in which the processes of a suite share one unpacked browser; whoever sets it removes the folder. */
export const SHARED_BROWSER = "MAILROOM_TEST_BROWSER";

let unpacked: Promise<string> | undefined;

export function chromiumArguments(): string[] {
  return [
    ...chromium.args.filter((argument) => !UNWANTED.includes(argument)),
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ];
}

/**
 * Unpacks the browser (about 210 MB) into a temporary folder, once in each test file, and answers its executable.
 * The folder is removed when the test file has ended. In a suite the first to come unpacks it for all.
 */
export function unpackChromium(): Promise<string> {
  unpacked ??= unpack();
  return unpacked;
}

/** Runs `act` while new temporary files of this process, and of a child that it starts, go to `dir`. */
export async function withTempDir<Value>(dir: string, act: () => Promise<Value>): Promise<Value> {
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", dir);
  try {
    return await act();
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
}

async function unpack(): Promise<string> {
  const shared = Deno.env.get(SHARED_BROWSER);
  if (shared !== undefined) return await unpackOnce(shared);
  const dir = await Deno.makeTempDir({ prefix: "mailroom-chromium-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
  return await unpackInto(dir);
}

/** The packed browser looks whether it lies there already; the lock keeps others from a half of it. */
async function unpackOnce(dir: string): Promise<string> {
  using lock = await Deno.open(join(dir, "lock"), { create: true, write: true });
  await lock.lock(true);
  return await unpackInto(dir);
}

async function unpackInto(dir: string): Promise<string> {
  return await withTempDir(dir, () => chromium.executablePath());
}
