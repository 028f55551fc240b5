import assert from "node:assert/strict";
import { join } from "node:path";
import { apiOf } from "../support/api.ts";
import { openMailServer } from "../support/mail_server.ts";
import { openPage, shareBrowser } from "../support/open_page.ts";
import { startServer } from "../support/running_server.ts";

shareBrowser();

const USER = "wash-user";
const PASSWORD = "hush-hush-hush";
const welcome = (to: string, more: object = {}) => ({
  type: "email",
  payload: { to, toName: "Änne Zoë", template: "welcome", data: { name: "Änne", business: "Sparkle & Söhne" } },
  ...more,
});

Deno.test("S0-16 letters of jobs reach a mail server once each, and what it refuses is tried again or given up", async (t) => {
  await using mail = await openMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === USER && password === PASSWORD ? done(null, { user: USER }) : done(new Error("no")),
  });
  await using server = await startServer({
    env: {
      ACTORS: "tests/support/mail_actors/mod.ts",
      SMTP_URL: `smtp://${USER}:${PASSWORD}@127.0.0.1:${mail.port}`,
      MAIL_FROM: "Sparkle <wash@sparkle.example>",
      MAIL_UNSUBSCRIBE_URL: "https://sparkle.example/unsubscribe",
    },
  });
  const { submit, waitFor, logs, send, eventsSince } = apiOf(server);
  let lastId = "";

  await t.step("each once, with text, HTML and a way to get no more", async () => {
    const people = Array.from({ length: 60 }, (_, n) => `customer-${n}@people.example`);
    const jobs = await Promise.all(people.map((to) => submit(welcome(to))));
    const done = await Promise.all(jobs.map(({ id }) => waitFor(id, "succeeded")));
    assert.deepEqual(mail.letters.flatMap(({ to }) => to).sort(), people.toSorted());
    const ids = mail.letters.map(({ headers }) => headers["message-id"]!);
    assert.deepEqual(ids.toSorted(), done.map(({ result }) => (result as { messageId: string }).messageId).sort());
    assert.equal(new Set(ids).size, people.length);
    assert.ok(mail.connections <= 5, `${mail.connections}`);
    const { headers, raw, from } = mail.letters[0]!;
    assert.equal(from, "wash@sparkle.example");
    assert.match(headers["to"]!, /^=\?UTF-8\?.* <customer-\d+@people\.example>$/);
    assert.match(
      headers["list-unsubscribe"]!,
      /^<https:\/\/sparkle\.example\/unsubscribe\?id=[0-9a-z]{26}\.email>, <mailto:/,
    );
    assert.equal(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    assert.match(raw, /Content-Type: text\/plain/);
    assert.match(raw, /Sparkle &amp; S/);
  });

  await t.step(
    "one whose answer is lost goes out again as the same letter",
    async () => {
      let cuts = 1;
      mail.letter = () => cuts-- > 0 ? "cut" : null;
      const before = mail.letters.length;
      const { id } = await submit(welcome("lost@people.example"));
      await mail.until(before + 2);
      await waitFor(id, "succeeded");
      const [first, second] = mail.letters.slice(before);
      assert.deepEqual([first!.to, second!.to], [["lost@people.example"], ["lost@people.example"]]);
      assert.equal(second!.headers["message-id"], first!.headers["message-id"]);
    },
  );

  await t.step(
    "one that is refused for good is given up at once, one that is not now waits as long as it is told",
    async () => {
      mail.recipient = (address) => ({ code: 550, text: `5.1.1 <${address}> unknown` });
      const gone = await submit(welcome("gone@people.example"));
      const { error, attempts } = await waitFor(gone.id, "failed");
      assert.deepEqual([attempts, error?.code], [1, "handler-failed"]);
      assert.match(error!.message, /refused the letter: 550 5\.1\.1 \(address\) unknown/);
      let refusals = 1;
      mail.recipient = () => refusals-- > 0 ? { code: 450, text: "4.2.0 Greylisted, try again in 2 seconds" } : null;
      const grey = await submit(welcome("grey@people.example"));
      await waitFor(lastId = grey.id, "succeeded");
      const [first, second] = await logs(grey.id);
      assert.ok(Date.parse(second!.startedAt) - Date.parse(first!.finishedAt) >= 2_000);
    },
  );

  await t.step("what is no address is refused before anything is made", async () => {
    for (
      const to of [
        "nobody",
        "a@people.example\r\nBcc: b@people.example",
        "A <a@people.example>",
        "a@b.example,c@d.example",
      ]
    ) {
      const response = await send("POST", "/api/jobs", welcome(to));
      const problem = await response.json();
      assert.equal(response.status, 422, to);
      assert.deepEqual(problem.errors.map(({ pointer }: { pointer: string }) => pointer), ["/payload/to"]);
      assert.ok(!JSON.stringify(problem).includes("people.example"));
    }
  });

  await t.step(
    "nobody's address and no password is in the log, the events, the metrics or what a job leaves",
    async () => {
      const { items: letters } = await (await send("GET", "/api/dead-letters")).json();
      const errors = letters.map(({ error, stack }: { error: object; stack: string }) =>
        JSON.stringify([error, stack])
      );
      const events = await eventsSince(
        0,
        ({ type, subject }) => type === "job.succeeded" && subject === `job/${lastId}`,
      );
      const attempts = await logs(letters[0].id);
      const audit = await (await send("GET", "/api/audit")).text();
      const metrics = await (await send("GET", "/metrics")).text();
      const health = await (await send("GET", "/health")).text();
      assert.match(metrics, /upstream="mail",outcome="2xx"/);
      const told = [...server.logs(), ...errors, JSON.stringify([events, attempts]), metrics, health, audit].join("\n");
      for (const secret of [PASSWORD, "people.example", "Änne", "Söhne"]) assert.ok(!told.includes(secret), secret);
    },
  );
});

Deno.test("a letter under way when the server is killed goes out again as the same letter", async () => {
  await using mail = await openMailServer();
  const held = Promise.withResolvers<null>();
  const asked = Promise.withResolvers<void>();
  mail.letter = () => {
    asked.resolve();
    return held.promise;
  };
  await using server = await startServer({ env: { SMTP_URL: `smtp://127.0.0.1:${mail.port}` } });
  const { submit, waitFor } = apiOf(server);
  const { id } = await submit(welcome("anne@people.example"));
  await asked.promise;
  await server.kill();
  mail.letter = () => null;
  await server.restart();
  await waitFor(id, "succeeded");
  held.resolve(null);
  await mail.until(2);
  const ids = mail.letters.map(({ headers }) => headers["message-id"]);
  assert.equal(ids.length, 2);
  assert.equal(new Set(ids).size, 1);
});

Deno.test("without a mail server I read in the browser what would have been sent, and others do not", async () => {
  await using server = await startServer();
  await using opened = await openPage(server, { path: "/mail" });
  const { page } = opened;
  await page.getByText("No mail yet").waitFor();
  const { submit, waitFor, send } = apiOf(server);
  const { id, result } = await waitFor((await submit(welcome("anne@people.example"))).id, "succeeded");
  const messageId = (result as { messageId: string }).messageId;
  const row = page.locator(".mail-row");
  await row.getByText("Welcome to Sparkle & Söhne").click();
  await row.locator("pre", { hasText: "Hello Änne," }).waitFor();
  await row.getByText(messageId).waitFor();
  const link = await row.getByRole("link", { name: /^HTML part/ }).getAttribute("href");
  const html = await send("GET", link!);
  assert.match(html.headers.get("content-security-policy")!, /sandbox/);
  assert.match(await html.text(), /<p>Hello Änne,<\/p>/);
  opened.assertNoComplaints();

  const mine = await (await send("GET", "/api/mail")).json();
  assert.deepEqual([mine.isKept, mine.nextCursor, mine.items.length], [true, null, 1]);
  const [head] = mine.items;
  assert.deepEqual([head.to, head.subject], ["Änne Zoë <anne@people.example>", "Welcome to Sparkle & Söhne"]);
  const other = apiOf(server, { tenant: "other" });
  const others = await (await other.send("GET", "/api/mail")).json();
  assert.deepEqual(others.items, []);
  for (const path of [`/api/mail/${head.id}`, "/api/mail/..%2fdemo%2fnew", `/api/mail/${id.toLowerCase()}`]) {
    const response = await other.send("GET", path);
    await response.body?.cancel();
    assert.ok([404, 422].includes(response.status), path);
  }
  const file = join(server.dataDir, "mail", "demo", "new", head.id);
  assert.equal((await Deno.stat(file)).mode! & 0o077, 0);
  assert.ok((await Deno.readTextFile(file)).includes(messageId));
});
