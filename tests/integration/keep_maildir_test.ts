import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../runtime/core/clock.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { addressLetter } from "../../runtime/upstream/mail/address_letter.ts";
import { keepMaildir, type MaildirBounds } from "../../runtime/upstream/mail/keep_maildir.ts";
import { createMaildirCarrier } from "../../runtime/upstream/mail/maildir_carrier.ts";
import { openMaildir } from "../../runtime/upstream/mail/read_maildir.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FOREVER: MaildirBounds = { keptMs: 36_500 * DAY, kept: 1_000_000 };

interface Rig extends AsyncDisposable {
  readonly path: string;
  /** Has a letter written; `n` orders them. */
  write(tenant: string, n: number): Promise<void>;
  /** Lets a file be as old as that. */
  age(file: string, ms: number): Promise<void>;
  sweep(bounds: Partial<MaildirBounds>): Promise<number>;
  idsOf(tenant: string): Promise<readonly string[]>;
}

const idOf = (n: number) => `letter-${String(n).padStart(6, "0")}.email`;

async function setup(): Promise<Rig> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-maildir-" });
  const carrier = await createMaildirCarrier({ name: "mail", path });
  const ports = { clock: systemClock, diagnostics: createDiagnostics() };
  const from = { name: "", address: "wash@sparkle.example" };
  return {
    path,
    async write(tenant, n) {
      const to = { name: "", address: "ann@people.example" };
      const letter = { id: idOf(n), tenant, to, subject: "Hello", text: "Hello", html: null, at: n };
      await carrier.carry(addressLetter(letter, { from, unsubscribeUrl: null }), new AbortController().signal);
    },
    async age(file, ms) {
      const at = new Date(Date.now() - ms);
      await Deno.utime(join(path, file), at, at);
    },
    sweep: async (bounds) => await keepMaildir(path, { ...FOREVER, ...bounds, ...ports }).sweep(),
    async idsOf(tenant) {
      const letters = await openMaildir(path).page(tenant, { before: null, limit: 10_000 });
      return letters.map(({ id }) => id).toReversed();
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("keepMaildir() removes letters that are older than that, seen or not, and nothing that is no letter", async () => {
  await using rig = await setup();
  for (let n = 0; n < 4; n++) await rig.write("acme", n);
  await rig.write("zen", 9);
  await Deno.rename(join(rig.path, "acme/new", idOf(1)), join(rig.path, "acme/cur", `${idOf(1)}:2,S`));
  await Deno.writeTextFile(join(rig.path, "acme/new", "notes of mine"), "");
  for (const file of [`new/${idOf(0)}`, `cur/${idOf(1)}:2,S`, "new/notes of mine"]) {
    await rig.age(`acme/${file}`, 3 * DAY + HOUR);
  }
  assert.equal(await rig.sweep({ keptMs: 3 * DAY }), 2);
  assert.deepEqual(await rig.idsOf("acme"), [idOf(2), idOf(3)]);
  assert.deepEqual(await rig.idsOf("zen"), [idOf(9)]);
  assert.ok((await Deno.stat(join(rig.path, "acme/new", "notes of mine"))).isFile);
  assert.equal(await rig.sweep({ keptMs: 3 * DAY }), 0);
});

Deno.test("keepMaildir() leaves each tenant its newest letters, in slices when many are too much", async () => {
  await using rig = await setup();
  await rig.write("acme", 0);
  const bytes = await Deno.readFile(join(rig.path, "acme/new", idOf(0)));
  for (let n = 1; n < 1_300; n++) await Deno.writeFile(join(rig.path, "acme/new", idOf(n)), bytes);
  for (let n = 0; n < 3; n++) await rig.write("zen", n);
  assert.equal(await rig.sweep({ kept: 2 }), 1_299);
  assert.deepEqual(await rig.idsOf("acme"), [idOf(1_298), idOf(1_299)]);
  assert.deepEqual(await rig.idsOf("zen"), [idOf(1), idOf(2)]);
});

Deno.test("keepMaildir() removes what was begun a day ago and never finished", async () => {
  await using rig = await setup();
  await rig.write("acme", 0);
  for (const [n, ms] of [[1, DAY + HOUR], [2, HOUR]] as const) {
    await Deno.writeTextFile(join(rig.path, "acme/tmp", idOf(n)), "half");
    await rig.age(`acme/tmp/${idOf(n)}`, ms);
  }
  assert.equal(await rig.sweep({}), 1);
  assert.deepEqual([...Deno.readDirSync(join(rig.path, "acme/tmp"))].map(({ name }) => name), [idOf(2)]);
});

Deno.test("keepMaildir() has nothing to do where no letter was ever written", async () => {
  await using rig = await setup();
  await Deno.remove(rig.path, { recursive: true });
  assert.equal(await rig.sweep({ kept: 1 }), 0);
  await Deno.mkdir(rig.path);
});

Deno.test("a letter of a tenant whose folder was removed is written at once", async () => {
  await using rig = await setup();
  await rig.write("acme", 0);
  const keeping = keepMaildir(rig.path, { ...FOREVER, clock: systemClock, diagnostics: createDiagnostics() });
  await keeping.remove("acme");
  await keeping.remove("acme");
  await keeping.remove("../acme");
  assert.deepEqual(await rig.idsOf("acme"), []);
  await rig.write("acme", 1);
  assert.deepEqual(await rig.idsOf("acme"), [idOf(1)]);
});
