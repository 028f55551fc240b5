// @ts-types="./pg.d.ts"
import type { Client } from "pg";
import { RuntimeError } from "../../core/errors.ts";

/**
 * Sees that the database has a place for every text: another encoding lacks most characters, or takes any bytes for text.
 * @throws {RuntimeError} `invalid-config`
 */
export async function mustBeUtf8(client: Pick<Client, "query">): Promise<void> {
  const { rows: [row] } = await client.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  if (row!.encoding === "UTF8") return;
  throw new RuntimeError(
    "invalid-config",
    `The database keeps text as ${row!.encoding}, and that must be UTF8: ` +
      "make another one with createdb --encoding=UTF8 --template=template0",
  );
}
