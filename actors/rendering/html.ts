/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Part[];

/**
 * HTML in which every value is escaped but what this function made itself.
 * @example
 * ```ts ignore
 * html`<p title="${title}">${names.map((name) => html`<b>${name}</b>`)}</p>`
 * ```
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.reduce((before, text, index) => before + toText(parts[index - 1]!) + text));
}

function toText(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(toText).join("");
  const text = String(part);
  return ESCAPED.test(text) ? text.replace(/[&<>"']/g, (character) => ESCAPES[character]!) : text;
}

const ESCAPED = /[&<>"']/;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
