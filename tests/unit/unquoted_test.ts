import assert from "node:assert/strict";
import { unquoted } from "../../runtime/observe/unquoted.ts";

Deno.test("unquoted() leaves out what a message quotes, whatever is in that", () => {
  const said = [
    ["The receiver answered 500", "The receiver answered 500"],
    ['The key "a" is not a column; the header has "b", "c"', 'The key "…"'],
    ['The header names "a" twice: rename one column', 'The header names "…" twice: rename one column'],
    [
      'Unexpected token \'s\', ..."{"a":secret\n "... is not valid JSON',
      "Unexpected token 's', ...\"…\"... is not valid JSON",
    ],
    ['one " alone', 'one " alone'],
  ] as const;
  for (const [message, left] of said) assert.equal(unquoted(message), left);
});
