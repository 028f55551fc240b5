import type { z } from "zod";
import type { Letter } from "../authoring.ts";
import { html } from "../rendering/html.ts";
import type { emailPayload } from "./schemas.ts";
import { wordsOf } from "./templates/mod.ts";
import type { Words } from "./templates/words.ts";

/** What a letter says: plain text always, and HTML beside it where there is any. */
export type Rendered = Pick<Letter, "subject" | "text" | "html">;

export function renderLetter(payload: z.output<typeof emailPayload>): Rendered {
  if (!("template" in payload)) {
    const { subject, text, html = null } = payload;
    return { subject, text, html };
  }
  const { name, business = "Your car wash" } = payload.data;
  const words = wordsOf(payload.template, payload.data);
  return {
    subject: words.subject,
    text: asText(words, { name, business }),
    html: asHtml(words, { name, business }),
  };
}

interface Signed {
  readonly name: string;
  readonly business: string;
}

function asText({ paragraphs, facts }: Words, { name, business }: Signed): string {
  const listed = facts.map(([fact, value]) => `${fact}: ${value}`).join("\n");
  return [`Hello ${name},`, ...paragraphs, ...(listed === "" ? [] : [listed]), business].join("\n\n") + "\n";
}

/** Tables and styles in place, as many readers of mail know nothing else. */
function asHtml({ subject, paragraphs, facts }: Words, { name, business }: Signed): string {
  const rows = facts.map(([fact, value]) =>
    html`
      <tr>
        <th align="left" style="padding:4px 16px 4px 0;font-weight:600">${fact}</th>
        <td>${value}</td>
      </tr>
    `
  );
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>${subject}</title>
      </head>
      <body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1c1917;background:#ffffff">
    <p>Hello ${name},</p>
    ${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}${rows.length === 0
      ? []
      : html`<table role="presentation" cellspacing="0" style="margin:16px 0">${rows}</table>\n`}<p>${business}</p>
      </body>
    </html>
  `.text;
}
