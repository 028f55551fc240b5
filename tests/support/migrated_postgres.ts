import type { Registry } from "../../runtime/actor/registry.ts";
import { migrateDatabase } from "../../runtime/store/postgres/migrate_database.ts";
import { queryAt, sharedPostgres, type TestDatabase, testDatabase } from "./postgres.ts";

const templates = new Map<Registry, Promise<string>>();

/** A new database with the tables of a registry, on the server of this process: a copy of one that was migrated once. */
export async function migratedDatabase(registry: Registry): Promise<TestDatabase> {
  let template = templates.get(registry);
  if (template === undefined) templates.set(registry, template = makeTemplate(registry, `template_${templates.size}`));
  return await testDatabase({ template: await template });
}

/** Migrates a database as a node does when it starts; answers what was run. */
export function migrateAt(databaseUrl: string, registry: Registry): Promise<readonly string[]> {
  return migrateDatabase({ databaseUrl, node: "test" }, registry);
}

async function makeTemplate(registry: Registry, name: string): Promise<string> {
  const server = await sharedPostgres();
  await queryAt(server.url("postgres"), `create database ${name}`);
  await migrateAt(server.url(name), registry);
  return name;
}
