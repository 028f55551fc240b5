import { RuntimeError } from "./errors.ts";

/** What survives a round trip through JSON text. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * `value` as JSON text; `undefined` becomes `null`.
 * @throws {RuntimeError} `unserializable` for cycles, bigints and the like; `too-large` above `limitBytes`
 */
export function toJson(value: unknown, options: { what: string; limitBytes: number }): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new RuntimeError("unserializable", `${options.what} cannot be written as JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  text ??= "null";
  if (text.length > options.limitBytes) {
    throw new RuntimeError(
      "too-large",
      `${options.what} is ${text.length} bytes of JSON; at most ${options.limitBytes} are allowed`,
    );
  }
  return text;
}
