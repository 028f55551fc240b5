import assert from "node:assert/strict";
import { customerEmail, customerName } from "../../actors/customer/schemas.ts";
import { emailJob } from "../../actors/email/email_job.ts";
import { mailServer } from "../../actors/email/mail_server.ts";
import { renderLetter } from "../../actors/email/render_letter.ts";
import { TEMPLATE_NAMES } from "../../actors/email/templates/mod.ts";
import type { TestedAnswer } from "../../runtime/actor/test_fetch.ts";
import { type FetchCall, testActor } from "../../runtime/authoring.ts";
import { createTurnFetch } from "../../runtime/actor/turn_fetch.ts";
import fc from "../support/properties.ts";

const NOW = Date.parse("2026-11-23T08:00:00Z");
const WRITTEN = { to: "anne@example.com", subject: "Hi", text: "Hello" };
const TAKEN = { messageId: "<01test0000000000000000msg1.email@x.example>", reply: "250 ok" };

function answered(answer: TestedAnswer, attempt = 1) {
  return testActor(emailJob).at(NOW).attempt(attempt).answeringFetch(() => answer).when("run", WRITTEN);
}

Deno.test("email hands a letter in that is the same in every attempt", async () => {
  const calls: FetchCall[] = [];
  for (const attempt of [1, 2]) {
    const turn = await testActor(emailJob).at(NOW).attempt(attempt).answeringFetch((call) => {
      calls.push(call);
      return { status: 200, body: TAKEN };
    }).when("run", { ...WRITTEN, toName: "Anne" });
    assert.deepEqual(turn.result, { messageId: TAKEN.messageId, attempts: attempt });
  }
  const [first, second] = calls;
  assert.deepEqual(second, first);
  assert.deepEqual([first!.upstream, first!.method, first!.idempotent], ["mail", "POST", false]);
  assert.deepEqual(JSON.parse(first!.body!), {
    subject: "Hi",
    text: "Hello",
    html: null,
    id: "01test0000000000000000msg1.email",
    tenant: "test",
    to: { name: "Anne", address: "anne@example.com" },
    at: NOW,
  });
});

Deno.test("email is done with what a server refuses for good, and waits as long as it says with what it refuses for now", async () => {
  const body = { ...TAKEN, reply: "the reply" };
  const refused = await answered({ status: 422, body });
  assert.deepEqual([refused.error?.retryable, refused.error?.message.includes("the reply")], [false, true]);
  const held = await answered({ status: 409, body, headers: { "retry-after": "300" } });
  assert.deepEqual([held.error?.retryable, held.error?.retryAfterMs], [true, 300_000]);
  const later = await answered({ status: 409, body });
  assert.deepEqual([later.error?.retryable, later.error?.retryAfterMs], [true, undefined]);
  // It has time to sit greylisting out.
  assert.ok(emailJob.retry.baseMs >= 30_000 && emailJob.retry.maxAttempts >= 5);
});

Deno.test("email says nothing about whom it wrote to, and what", async () => {
  for (const status of [200, 409, 422]) {
    const turn = await answered({ status, body: TAKEN });
    assert.doesNotMatch(JSON.stringify([turn.lines, turn.events, turn.result, turn.error]), /anne|Hello/i);
  }
});

Deno.test("email takes one address and one line, and names what is wrong without repeating it", () => {
  const faults = (payload: object) => {
    const { error, success } = emailJob.messages.run.safeParse({ ...WRITTEN, ...payload });
    assert.doesNotMatch(JSON.stringify(error?.issues ?? []), /evil/);
    return success ? null : [...new Set(error!.issues.map(({ path }) => path.join(".")))];
  };
  assert.equal(faults({}), null);
  assert.equal(faults({ toName: 'Änne, the "first" <x@y.example>' }), null);
  for (
    const to of ["", "evil", "evil@x.example\r\nBcc: a@b.example", "evil@x.example,a@b.example", "A <evil@x.example>"]
      .concat("evil@x.example\n", "evil@@x.example", `${"evil".repeat(70)}@x.example`)
  ) assert.deepEqual(faults({ to }), ["to"], to);
  for (const line of ["evil\r\nBcc: a@b.example", "evil\n", "evil\0", "evil\u2028x"]) {
    assert.deepEqual(faults({ subject: line }), ["subject"]);
    assert.deepEqual(faults({ toName: line }), ["toName"]);
  }
  for (const more of [{ text: "" }, { template: "welcome" }, { cc: "evil@x.example" }, { headers: {} }]) {
    assert.ok(faults(more), JSON.stringify(more));
  }
  const templated = { to: WRITTEN.to, template: "welcome", data: { name: "Anne" } };
  const fits = (payload: object) => emailJob.messages.run.safeParse(payload).success;
  assert.ok(fits(templated));
  assert.ok(!fits({ ...templated, template: "evil" }));
  assert.ok(!fits({ ...templated, data: {} }));
  assert.ok(!fits({ ...templated, data: { name: "evil\r\nBcc: x" } }));
});

for (const template of TEMPLATE_NAMES) {
  Deno.test(`the template ${template} says the same as text and as HTML, and takes no value for markup`, () => {
    const line = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text));
    const fields = fc.record({ name: line, business: line, item: line, amount: line, day: line }, {
      requiredKeys: ["name"],
    });
    fc.assert(fc.property(fields, (data) => {
      const { subject, text, html } = renderLetter({ to: "anne@example.com", template, data });
      assert.match(subject, /^[^\r\n]{3,250}$/);
      assert.ok(text.startsWith(`Hello ${data.name},\n\n`));
      const shown = html!.replace(/^[\s\S]*<body[^>]*>/, "").replace(
        /<\/?(p|table|tr|th|td|body|html)( [^<>]*)?>/g,
        "\n",
      );
      assert.doesNotMatch(shown, /[<>]/);
      const unescaped = shown.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#39;/g, "'")
        .replace(/&amp;/g, "&");
      for (const paragraph of text.split("\n\n")) {
        for (const part of paragraph.trim().split(/\n/)) {
          if (!part.includes(": ")) assert.ok(unescaped.includes(part.trim()), part);
        }
      }
    }));
  });
}

Deno.test("a template shows what it was given, and leaves out what it was not", () => {
  const data = { name: "<b>Anne", business: "Sparkle & Co", item: "Gold", amount: "12 €", day: "23 November 2026" };
  const full = renderLetter({ to: "a@b.example", template: "wash-purchased", data });
  assert.equal(full.subject, "Your wash: Gold");
  assert.match(
    full.text,
    /^Hello <b>Anne,\n\n.*\n\nWash: Gold\nPaid: 12 €\nBought: 23 November 2026\n\nSparkle & Co\n$/s,
  );
  assert.match(full.html!, /<p>Hello &lt;b&gt;Anne,<\/p>/);
  assert.match(full.html!, /Sparkle &amp; Co/);
  const bare = renderLetter({ to: "a@b.example", template: "wash-purchased", data: { name: "Anne" } });
  assert.doesNotMatch(bare.text, /Wash:|Paid|undefined/);
  assert.doesNotMatch(bare.html!, /<table|undefined/);
});

Deno.test("a letter to a mail server that drops all is answered where the turn runs, and checked like others", async () => {
  const ask = () => Promise.reject(new Error("nobody may be asked"));
  const { fetch } = createTurnFetch(emailJob, ask, ["mail"]);
  const letter = {
    id: "01m.email",
    tenant: "t",
    to: { name: "", address: "a@b.example" },
    subject: "Hi",
    text: "Hello",
  };
  const post = (given: object) => fetch(mailServer, "", { method: "POST", body: JSON.stringify(given) });
  const answer = await post({ ...letter, html: null, at: 0 });
  assert.deepEqual([answer.ok, answer.json()], [true, { messageId: "<01m.email@dropped.invalid>", reply: "" }]);
  await assert.rejects(post({ ...letter, html: null, at: 0, subject: "a\nb" }), { code: "invalid-message" });
  await assert.rejects(
    createTurnFetch(emailJob, ask, []).fetch(mailServer, "", { method: "POST" }),
    /nobody may be asked/,
  );
});

Deno.test("whatever a customer may be called and have for an address, a letter can be sent there", () => {
  const fits = (to: string, name: string) =>
    emailJob.messages.run.safeParse({ to, template: "welcome", data: { name } }).success;
  const near = fc.array(fc.constantFrom("a", "B", "-", ".", "@", "'", "+", "x.example", "b-.example", "a".repeat(40)));
  fc.assert(fc.property(near, fc.string({ unit: "binary", maxLength: 40 }), (parts, text) => {
    const [email, name] = [customerEmail.safeParse(parts.join("")), customerName.safeParse(text)];
    if (email.success) assert.ok(fits(email.data, "Anne"), email.data);
    if (name.success) assert.ok(fits("anne@example.com", name.data), JSON.stringify(name.data));
  }));
  assert.ok(!customerEmail.safeParse(`${"a".repeat(65)}@x.example`).success);
  assert.ok(!customerEmail.safeParse("anne@b-.example").success);
});
