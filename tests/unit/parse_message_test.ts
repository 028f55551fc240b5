import assert from "node:assert/strict";
import { createTransport } from "nodemailer";
import { addressLetter } from "../../runtime/upstream/mail/address_letter.ts";
import { composeLetter } from "../../runtime/upstream/mail/compose_letter.ts";
import { parseMessage } from "../../runtime/upstream/mail/parse_message.ts";
import fc from "../support/properties.ts";

const composer = createTransport({ streamTransport: true, buffer: true, newline: "unix" });

Deno.test("parseMessage() reads what composeLetter() makes of any letter", async () => {
  const line = fc.string({ unit: "grapheme", maxLength: 80 }).map((text) =>
    text.replace(/[\p{Cc}\p{Z}]+/gu, " ").trim()
  );
  const body = fc.array(fc.string({ unit: "grapheme", maxLength: 120 }), { minLength: 1, maxLength: 6 })
    .map((lines) => lines.map((text) => text.replace(/[\p{Cc}\u2028\u2029]/gu, "")).join("\n"));
  const letters = fc.record({ subject: line, text: body, html: fc.option(body), name: line });
  await fc.assert(fc.asyncProperty(letters, async ({ subject, text, html, name }) => {
    const letter = addressLetter({
      id: "01m.email",
      tenant: "acme",
      to: { name: "", address: "anne@example.com" },
      subject,
      text: `x${text}`,
      html: html === null ? null : `<p>${html}`,
      at: Date.parse("2026-11-23T02:00:00Z"),
    }, { from: { name, address: "wash@sparkle.example" }, unsubscribeUrl: new URL("https://sparkle.example/u") });
    const { message } = await composer.sendMail(composeLetter(letter));
    const read = parseMessage(new TextDecoder().decode(message as Uint8Array));
    const trimmed = (value: string | null) => value?.replace(/[ \t]+$/gm, "").replace(/\n+$/, "") ?? null;
    assert.equal(trimmed(read.text), trimmed(letter.text));
    assert.equal(trimmed(read.html), trimmed(letter.html));
    assert.equal(read.headers.get("subject") ?? "", subject);
    assert.equal(read.headers.get("message-id"), "<01m.email@sparkle.example>");
    assert.equal(read.headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  }));
});

Deno.test("parseMessage() makes something of whatever it is given", () => {
  const bits = fc.constantFrom("\n", "\r\n", ": ", "--b", "=?utf-8?Q?=C3?=", "=?utf-8?B?!?=", "=C3=", "x")
    .map((bit) => bit);
  const start = fc.constantFrom("", "Content-Type: multipart/alternative; boundary=b\n\n", "Subject: ");
  fc.assert(fc.property(start, fc.array(bits), (start, parts) => {
    const { headers } = parseMessage(start + parts.join(""));
    assert.ok(headers instanceof Map);
  }));
});
