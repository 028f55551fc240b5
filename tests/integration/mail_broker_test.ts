import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Letter } from "../../runtime/actor/letter.ts";
import { defineUpstream } from "../../runtime/actor/upstream.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { resolveUpstream } from "../../runtime/upstream/resolved.ts";
import { type BrokerRig, openHere, openProcess } from "../support/broker_rig.ts";
import { make } from "../support/fetch_call.ts";
import { openMailServer } from "../support/mail_server.ts";

const LETTER: Letter = {
  id: "01m.email",
  tenant: "acme",
  to: { name: "Änne O'Hara", address: "anne@example.com" },
  subject: "Grüße",
  text: "Hello Änne\n.\nbye\n",
  html: "<p>Hello Änne</p>",
  at: Date.parse("2026-11-23T02:00:00Z"),
};

function setup(
  baseUrl: string,
  { from = "Sparkle <wash@sparkle.example>", unsubscribeUrl = "", timeoutMs = 10_000 } = {},
) {
  const declared = defineUpstream({ name: "mail", baseUrl, mail: { from, unsubscribeUrl }, timeoutMs });
  return { reach: "mail", upstreams: [resolveUpstream(declared, {})] } as const;
}

function post({ broker }: BrokerRig, letter: Partial<Letter> = {}, signal?: AbortSignal) {
  const body = JSON.stringify({ ...LETTER, ...letter });
  return make(broker, "", { upstream: "mail", method: "POST", body, ...(signal ? { signal } : {}) });
}

for (const [place, open] of [["in this isolate", openHere], ["in its process", openProcess]] as const) {
  Deno.test(`a mail broker ${place} hands a letter in, with all that it must bear`, async () => {
    await using server = await openMailServer();
    await using rig = open(
      setup(`smtp://127.0.0.1:${server.port}`, { unsubscribeUrl: "https://sparkle.example/u?x=1" }),
    );
    const { status, text } = await post(rig);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), { messageId: "<01m.email@sparkle.example>", reply: "250 2.0.0 Ok: queued" });
    const [letter] = server.letters;
    assert.deepEqual([letter!.from, letter!.to], ["wash@sparkle.example", ["anne@example.com"]]);
    assert.deepEqual(
      [letter!.headers["message-id"], letter!.headers["from"], letter!.headers["list-unsubscribe-post"]],
      ["<01m.email@sparkle.example>", "Sparkle <wash@sparkle.example>", "List-Unsubscribe=One-Click"],
    );
    assert.equal(
      letter!.headers["list-unsubscribe"],
      "<https://sparkle.example/u?x=1&id=01m.email>, <mailto:wash@sparkle.example?subject=unsubscribe%2001m.email>",
    );
    assert.match(letter!.headers["content-type"]!, /^multipart\/alternative/);
    assert.equal(letter!.headers["date"], "Mon, 23 Nov 2026 02:00:00 +0000");
  });

  Deno.test(`a mail broker ${place} writes a letter into a maildir, and a repeat takes its place`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "mailroom-test-" });
    try {
      await using rig = open(setup(`maildir:${folder}`));
      await post(rig, { text: "first" });
      assert.equal((await post(rig)).status, 200);
      const names = await Array.fromAsync(Deno.readDir(join(folder, "acme", "new")), ({ name }) => name);
      assert.deepEqual(names, ["01m.email"]);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder, "acme", "tmp"))), []);
      const text = await Deno.readTextFile(join(folder, "acme", "new", "01m.email"));
      assert.match(text, /^Message-ID: <01m\.email@sparkle\.example>$/m);
      assert.doesNotMatch(text, /first|\r/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a mail broker speaks TLS where its server does, from the first byte or from STARTTLS on, and trusts no stranger", async () => {
  const file = (name: string) => fileURLToPath(import.meta.resolve(`../support/tls/${name}.pem`));
  const tls = { key: await Deno.readTextFile(file("server_key")), cert: await Deno.readTextFile(file("server")) };
  const trusting = { DENO_CERT: file("authority"), NODE_EXTRA_CA_CERTS: file("authority") };
  for (const secure of [false, true]) {
    await using server = await openMailServer({ ...tls, secure });
    const url = setup(`${secure ? "smtps" : "smtp"}://localhost:${server.port}`);
    await using rig = openProcess(url, { env: trusting });
    assert.equal((await post(rig)).status, 200);
    assert.deepEqual([server.letters.length, server.letters[0]!.isSecure], [1, true]);
    await using stranger = openProcess(url);
    await assert.rejects(post(stranger), /certificate cannot be trusted/);
    assert.equal(server.letters.length, 1);
  }
});

Deno.test("a mail broker tells no password to a server elsewhere that speaks no TLS", async () => {
  let logins = 0;
  await using server = await openMailServer({
    allowInsecureAuth: true,
    onAuth(_auth, _session, done) {
      logins++;
      done(null, { user: "wash" });
    },
  });
  // This machine, by an address that does not say so.
  await using rig = openProcess(setup(`smtp://wash:hunter2@0.0.0.0:${server.port}`));
  await assert.rejects(post(rig), { code: "upstream-failed" });
  assert.deepEqual([logins, server.letters.length], [0, 0]);
  await using near = openProcess(setup(`smtp://wash:hunter2@127.0.0.1:${server.port}`));
  assert.equal((await post(near)).status, 200);
  assert.equal(logins, 1);
});

Deno.test("a mail broker keeps its connection for the next letter", async () => {
  await using server = await openMailServer();
  await using rig = openHere(setup(`smtp://127.0.0.1:${server.port}`));
  for (const id of ["1a.email", "2a.email", "3a.email"]) await post(rig, { id });
  assert.deepEqual([server.connections, server.letters.length], [1, 3]);
});

Deno.test("a mail broker tells a lasting refusal from one that passes, and shows no address", async () => {
  await using server = await openMailServer();
  await using rig = openHere(setup(`smtp://127.0.0.1:${server.port}`));
  server.recipient = (address) => ({
    code: 550,
    text: `5.1.1 <${address}>: anne unknown, see https://x.example/p?u=anne`,
  });
  const refused = await post(rig);
  assert.equal(refused.status, 422);
  assert.equal(JSON.parse(refused.text).reply, "550 5.1.1 (address): (address) unknown, see https://x.example/p");
  server.recipient = () => ({ code: 451, text: "4.7.1 Greylisted, please try again in 5 minutes" });
  const notNow = await post(rig);
  assert.deepEqual([notNow.status, notNow.headers["retry-after"]], [409, "300"]);
  server.recipient = () => null;
  server.letter = () => ({ code: 554, text: "5.7.1 no spam" });
  assert.equal((await post(rig)).status, 422);
  server.letter = () => ({ code: 452, text: "4.3.1 disk full" });
  assert.deepEqual([(await post(rig)).status, (await post(rig)).headers["retry-after"]], [409, undefined]);
  // The connection is kept; a second one is opened while the first is being reset.
  assert.ok(server.connections <= 2);
});

Deno.test("a mail broker fails as an upstream does when the server as a whole does not work", async () => {
  await using server = await openMailServer({
    authOptional: false,
    onAuth: (_auth, _session, done) => done(new Error("no such user hunter2")),
  });
  const failure = (told: RegExp) => (error: unknown) => {
    assert.ok(error instanceof RuntimeError);
    assert.equal(error.code, "upstream-failed");
    assert.equal(error.retryable, true);
    assert.match(error.message, told);
    assert.doesNotMatch(error.message, /hunter2|wash/);
    return true;
  };
  await using locked = openProcess(setup(`smtp://wash:hunter2@127.0.0.1:${server.port}`));
  await assert.rejects(post(locked), failure(/lets nobody in/));
  await using nameless = openProcess(setup(`smtp://127.0.0.1:${server.port}`));
  await assert.rejects(post(nameless), failure(/lets nobody in/));
  await using away = openProcess(setup("smtp://127.0.0.1:1"));
  await assert.rejects(post(away), failure(/refused the connection/));
  await using busy = await openMailServer({
    onConnect: (_session, done) => done(Object.assign(new Error("4.3.2 too many"), { responseCode: 421 })),
  });
  await using crowded = openProcess(setup(`smtp://127.0.0.1:${busy.port}`));
  await assert.rejects(post(crowded), failure(/does not work: 421/));
});

Deno.test("a mail broker lets a letter go when its time is over, and goes on with others", async () => {
  await using server = await openMailServer();
  const never = Promise.withResolvers<null>();
  server.letter = () => never.promise;
  await using rig = openProcess(setup(`smtp://127.0.0.1:${server.port}`, { timeoutMs: 3_000 }));
  await assert.rejects(post(rig), /gave no whole answer within 3000 ms/);
  const abort = new AbortController();
  const aborted = post(rig, {}, abort.signal);
  abort.abort(new Error("not wanted any more"));
  await assert.rejects(aborted, /not wanted any more/);
  server.letter = () => null;
  assert.equal((await post(rig)).status, 200);
  never.resolve(null);
});

Deno.test("a mail broker takes no letter that could end a header or leave its tenant's folder", async () => {
  await using rig = openHere(setup("null:"));
  assert.equal((await post(rig)).status, 200);
  const bad: Partial<Letter>[] = [
    { id: "../x" },
    { id: "a@b" },
    { tenant: "../other" },
    { subject: "a\r\nBcc: x@y.example" },
    { to: { name: "a\nb", address: "anne@example.com" } },
    { to: { name: "", address: "anne@example.com\r\nRCPT TO:<x@y.example>" } },
    { to: { name: "", address: "a@example.com, b@example.com" } },
  ];
  for (const letter of bad) await assert.rejects(post(rig, letter), /must be a letter/, JSON.stringify(letter));
});
