import { before } from "../support/deadline.ts";
import { runMain } from "../support/run_main.ts";
import type { RunningServer } from "../support/running_server.ts";

/** In which places a file is damaged; the last one while it is open. */
export const DAMAGES = ["header", "schema", "pages", "truncated", "no database", "pages of a running server"] as const;
export type Damage = (typeof DAMAGES)[number];

const PAGE_BYTES = 4_096;

/**
 * Damages the file of a server and answers how its next life ended, or this one. What may still look whole to a start is
 * found when it is read.
 */
export async function damage(
  server: RunningServer,
  what: Damage,
  { path, env }: { path: string; env: Readonly<Record<string, string>> },
): Promise<{ code: number; stderr: string }> {
  if (what === "pages of a running server") {
    // A fresh life has hardly read any page yet.
    await server.restart();
    // It may find the damage by itself before it is asked.
    const lines = server.logs().length;
    await spoilFrom(path, 8);
    const code = await readUntilDead(server);
    return { code, stderr: server.logs().slice(lines).filter((line) => line.startsWith("mailroom:")).join("\n") };
  }
  await server.stop();
  const { size } = await Deno.stat(path);
  if (what === "header") await spoil(path, { at: 0, bytes: 60 });
  else if (what === "schema") await spoil(path, { at: 100, bytes: PAGE_BYTES - 100 });
  else if (what === "pages") await spoilFrom(path, 1);
  else if (what === "truncated") await Deno.truncate(path, Math.floor(size / 2 / PAGE_BYTES) * PAGE_BYTES - 1_000);
  else await Deno.writeTextFile(path, "no database, ".repeat(10_000));
  return await runMain({ env: { ...env, LOG_LEVEL: "error" } });
}

async function spoilFrom(path: string, page: number): Promise<void> {
  const { size } = await Deno.stat(path);
  await spoil(path, { at: page * PAGE_BYTES, bytes: size - page * PAGE_BYTES });
}

async function spoil(path: string, { at, bytes }: { at: number; bytes: number }): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  const noise = new Uint8Array(PAGE_BYTES);
  for (let left = bytes; left > 0; left -= noise.length) {
    crypto.getRandomValues(noise);
    await file.write(noise.subarray(0, Math.min(left, noise.length)));
  }
}

/** Only reads: it must not take a write to find the damage. */
async function readUntilDead(server: RunningServer): Promise<number> {
  let reading = true;
  const reads = (async () => {
    while (reading) {
      const read = fetch(`${server.url}/api/jobs?limit=100`, { headers: { "Cache-Control": "no-cache" } });
      await read.then((response) => response.text()).catch(() => {});
    }
  })();
  const late = () => new Error("The server lives on over a damaged file");
  const code = await before(server.exited, 20_000, late).finally(() => reading = false);
  await reads;
  return code;
}
