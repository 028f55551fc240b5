import type { Connection } from "./prepared.ts";

/** What a connection does beside prepared statements. */
export interface TextConnection extends Connection {
  // deno-lint-ignore no-explicit-any -- the driver's own has many forms
  query(query: any): Promise<any>;
}

/**
 * Sends statements as one transaction, all at once: none may need another's answer. When one fails, none has happened.
 * @throws what the first one that failed was answered
 */
export async function inTransaction<T extends readonly Promise<unknown>[]>(
  connection: TextConnection,
  send: () => readonly [...T],
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  const answers = [connection.query("begin"), ...send(), connection.query("commit")];
  const settled = await Promise.allSettled(answers);
  for (const answer of settled) if (answer.status === "rejected") throw answer.reason;
  return settled.slice(1, -1).map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as never;
}
