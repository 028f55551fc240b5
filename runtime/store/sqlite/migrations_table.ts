import type { DatabaseSync } from "node:sqlite";

/** Whether the file bears these migrations and no other. Kysely's migrator would say, but takes longer than the rest of a start. */
export function bearsMigrations(db: DatabaseSync, names: readonly string[]): boolean {
  const table = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'kysely_migration'").get();
  if (table === undefined) return false;
  const borne = new Set(db.prepare("select name from kysely_migration").all().map(({ name }) => name));
  return borne.size === names.length && names.every((name) => borne.has(name));
}
