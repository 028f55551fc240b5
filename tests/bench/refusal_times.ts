import { systemClock } from "../../runtime/core/clock.ts";
import { bearer, signToken } from "../support/tokens.ts";
import { median } from "./statistics.ts";

/** So that none is guessed at often enough to be slowed. */
const GUESSES_PER_KEY = 16;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** How long it takes, as medians in ms, to refuse a key that there is not and one with another secret; by turns. */
export async function measureRefusals(url: string, guesses: number): Promise<{ unknownMs: number; wrongMs: number }> {
  const ids = await makeKeys(url, Math.ceil(guesses / GUESSES_PER_KEY));
  const took = { unknown: [] as number[], wrong: [] as number[] };
  for (let guess = 0; guess < guesses; guess++) {
    const from = `10.${guess >> 16 & 255}.${guess >> 8 & 255}.${guess & 255}`;
    const id = ids[guess % ids.length]!;
    took.wrong.push(await refusalOf(url, { id, from }));
    took.unknown.push(await refusalOf(url, { id: id.slice(0, 10) + randomText(16), from }));
  }
  return { unknownMs: median(took.unknown), wrongMs: median(took.wrong) };
}

async function makeKeys(url: string, count: number): Promise<readonly string[]> {
  const admin = bearer(await signToken(systemClock, { claims: { tenant: "acme", role: "admin" } }));
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const response = await fetch(`${url}/api/keys`, {
      method: "POST",
      headers: { ...admin, "Content-Type": "application/json" },
      body: JSON.stringify({ name: `key ${index}`, role: "viewer" }),
    });
    ids.push((await response.json()).id);
  }
  return ids;
}

/** @throws {Error} when it is answered otherwise */
async function refusalOf(url: string, { id, from }: { id: string; from: string }): Promise<number> {
  const headers = { ...bearer(`mr_${id}_${randomText(43)}`), "X-Forwarded-For": from };
  const begunAt = performance.now();
  const response = await fetch(`${url}/api/jobs`, { headers });
  await response.body?.cancel();
  if (response.status !== 401) throw new Error(`A wrong key was answered ${response.status}`);
  return performance.now() - begunAt;
}

function randomText(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte % 32]).join("");
}
