/** What a spreadsheet would take for the beginning of a formula, in full width too. @see OWASP ASVS 5.0, 1.2.10 */
const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Rows as RFC 4180 text. A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay as
 * they are.
 */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map(toField).join(",")}\r\n`).join("");
}

function toField(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
