import assert from "node:assert/strict";
import { isMailAddress, parseMailUrl, parseSender } from "../../runtime/actor/mail_url.ts";
import { chooseMail } from "../../runtime/system/choose_mail.ts";
import fc from "../support/properties.ts";

Deno.test("parseMailUrl() reads servers, folders and nowhere, and nothing else", () => {
  const plain = { to: "smtp", host: "mail.example", port: 587, secure: false, login: null };
  assert.deepEqual(parseMailUrl("smtp://mail.example"), plain);
  assert.deepEqual(parseMailUrl("smtp://mail.example:25/"), { ...plain, port: 25 });
  assert.deepEqual(parseMailUrl("smtps://me%40x:p%2Fw@mail.example"), {
    ...plain,
    port: 465,
    secure: true,
    login: { user: "me@x", password: "p/w" },
  });
  assert.deepEqual(parseMailUrl("smtp://[::1]:2525"), { ...plain, host: "::1", port: 2525 });
  assert.deepEqual(parseMailUrl("maildir:./data/mail"), { to: "maildir", path: "./data/mail" });
  assert.deepEqual(parseMailUrl("null:"), { to: "null" });
  for (
    const text of ["", "mail.example", "http://mail.example", "smtp:", "smtp://", "smtp://me@mail.example", "null:x"]
      .concat("smtp://mail.example/path", "smtp://mail.example?tls=off", "maildir:", "maildir://x", "smtp://%zz:%zz@a")
  ) assert.equal(parseMailUrl(text), null, text);
});

Deno.test("parseSender() reads an address with a name or without, and no header in disguise", () => {
  assert.deepEqual(parseSender("a@b.example"), { name: "", address: "a@b.example" });
  assert.deepEqual(parseSender("Ölbad <a@b.example>"), { name: "Ölbad", address: "a@b.example" });
  assert.deepEqual(parseSender('"Wash, Ltd." <a@b.example>'), { name: "Wash, Ltd.", address: "a@b.example" });
  for (const text of ["", "a", "a@b.example, c@d.example", "x\r\nBcc: y <a@b.example>", "<a@b.example> x", "<>"]) {
    assert.equal(parseSender(text), null, text);
  }
});

Deno.test("isMailAddress() takes what people have, and nothing that could end a header or a command", () => {
  for (const text of ["a@b.example", "a.b+c@sub.b-c.example", "o'hara@x.example", "a@localhost"]) {
    assert.ok(isMailAddress(text), text);
  }
  const bad = ["a", "@b", "a@", "a@b@c", "a b@c.example", "a@b..c", ".a@b.example", "a.@b.example", "a@-b.example"];
  for (const text of bad.concat('"a"@b.example', "a@[127.0.0.1]", "ä@b.example", `${"a".repeat(65)}@b.example`)) {
    assert.ok(!isMailAddress(text), text);
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    if (isMailAddress(text)) assert.doesNotMatch(text, /[\s<>(),:;"\\\p{Cc}]/u);
  }));
  fc.assert(fc.property(fc.constantFrom(...'\r\n\0\t <>,;:()"\\'), fc.nat(10), (bad, at) => {
    assert.ok(!isMailAddress("anne@example.com".slice(0, at) + bad + "anne@example.com".slice(at)));
  }));
});

Deno.test("letters go beside the database when nothing is said, and nowhere on Deno Deploy", () => {
  const chosen = (DATABASE_URL: string, SMTP_URL?: string, onDeploy = false) => {
    const { url, maildir } = chooseMail({ DATABASE_URL, SMTP_URL, MAIL_KEPT_DAYS: 30, MAIL_KEPT: 10 }, { onDeploy });
    assert.equal(maildir !== null, url.startsWith("maildir:/"));
    return url;
  };
  assert.equal(chosen("sqlite:/var/lib/mailroom/m.db"), "maildir:/var/lib/mailroom/mail");
  assert.match(chosen("sqlite::memory:"), /^maildir:\/.*\/data\/mail$/);
  assert.match(chosen("postgres://u:p@h/d"), /^maildir:\/.*\/data\/mail$/);
  assert.match(chosen("sqlite:m.db", "maildir:x"), /^maildir:\/.*\/x$/);
  assert.equal(chosen("sqlite:m.db", "smtp://mail.example"), "smtp://mail.example");
  assert.equal(chosen("postgres://u:p@h/d", undefined, true), "");
  assert.equal(chosen("postgres://u:p@h/d", "smtp://mail.example", true), "smtp://mail.example");
});
