import fc from "./properties.ts";

/** How a table is written down where RFC 4180 leaves a choice. */
export interface CsvStyle {
  readonly lineBreak: "\n" | "\r\n";
  readonly endsWithBreak: boolean;
  readonly mark: boolean;
  readonly quoteAll: boolean;
}

export const anyCsvStyle: fc.Arbitrary<CsvStyle> = fc.record({
  lineBreak: fc.constantFrom("\n" as const, "\r\n" as const),
  endsWithBreak: fc.boolean(),
  mark: fc.boolean(),
  quoteAll: fc.boolean(),
});

/** Texts that hold what a reader of CSV may stumble over. */
export const anyField: fc.Arbitrary<string> = fc.array(
  fc.oneof(
    fc.constantFrom(
      ",",
      '"',
      '""',
      "\n",
      "\r\n",
      "\r",
      "\0",
      "\uFEFF",
      "é",
      "𝒳",
      "'",
      ";",
      "=1+1",
      " ",
      "\\",
      "\u2028",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  ),
  { maxLength: 6 },
).map((parts) => parts.join(""));

/** Writes a table as the reference of the tests; its own code, so that it shares no mistake with what reads it. */
export function writeCsv(table: readonly (readonly string[])[], style: CsvStyle): Uint8Array {
  const lines = table.map((fields) => fields.map((field) => writeField(field, fields.length, style)).join(","));
  const text = lines.join(style.lineBreak) + (style.endsWithBreak && lines.length > 0 ? style.lineBreak : "");
  return new TextEncoder().encode((style.mark ? "\uFEFF" : "") + text);
}

function writeField(field: string, columns: number, { quoteAll }: CsvStyle): string {
  // Alone on its line an empty field would be a blank one; a mark at the very beginning would be the file's own.
  const needsQuotes = /[",\r\n\uFEFF]/.test(field) || (field === "" && columns === 1);
  return quoteAll || needsQuotes ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Cuts bytes at the given places, which may be anywhere. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const inside = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...inside].map((from, index) => bytes.subarray(from, inside[index] ?? bytes.length));
}
