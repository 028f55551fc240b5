import fc from "../properties.ts";
import { anyCsvStyle, anyField, writeCsv } from "../csv_text.ts";

const BREAKS = [",", '"', "\n", "\r", "\r\n", "\0", " ", ";", "\\", '""', '","', "\ufeff", "\u2028", "=", "é"];

/** Files of CSV: well written ones, and such in which something was put, left out or turned into another byte. */
export const anyTable: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.tuple(
  fc.uniqueArray(anyField, { minLength: 1, maxLength: 4 }).chain((header) =>
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.array(anyField, { minLength: header.length, maxLength: header.length }) },
        fc.array(anyField, { minLength: 1, maxLength: 5 }),
      ),
      { maxLength: 8 },
    ).map((rows) => [header, ...rows])
  ),
  anyCsvStyle,
  fc.array(fc.tuple(fc.nat(400), fc.constantFrom("put", "out", "byte"), fc.nat(255)), { maxLength: 3 }),
).map(([table, style, changes]) => {
  const bytes = [...writeCsv(table, style)];
  for (const [at, how, byte] of changes) {
    const place = at % (bytes.length + 1);
    if (how === "put") bytes.splice(place, 0, ...new TextEncoder().encode(BREAKS[byte % BREAKS.length]));
    else if (how === "out") bytes.splice(place, 1 + byte % 3);
    else bytes[place] = byte;
  }
  // Nothing at all is refused before it is a file.
  return Uint8Array.from(bytes.length === 0 ? [10] : bytes);
});
