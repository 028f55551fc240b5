/**
 * SQL for three roles, to be run by whoever owns the database, before it is migrated or after: `mailroom_migrate` changes
 * tables and owns those it makes, `mailroom_run` writes and reads rows, as nodes do, and `mailroom_read` only reads them, as
 * for lists and reports. They have no passwords yet, so nobody can sign in as one where passwords are asked for.
 */
export function rolesScript(): string {
  return [
    "begin;",
    ...[MIGRATE, RUN, READ].map((role) =>
      `do $$ begin if to_regrole('${role}') is null then create role ${role} login; end if; end $$;`
    ),
    `alter role ${READ} set default_transaction_read_only = on;`,
    `do $$ begin execute format('grant connect on database %I to ${MIGRATE}, ${RUN}, ${READ}', current_database()); end $$;`,
    `grant usage, create on schema public to ${MIGRATE};`,
    `grant usage on schema public to ${RUN}, ${READ};`,
    ...GRANTS.flatMap(([rights, things, role]) => [
      `grant ${rights} on all ${things} in schema public to ${role};`,
      `alter default privileges for role ${MIGRATE} in schema public grant ${rights} on ${things} to ${role};`,
    ]),
    "commit;",
    "",
  ].join("\n");
}

const [MIGRATE, RUN, READ] = ["mailroom_migrate", "mailroom_run", "mailroom_read"];

const GRANTS = [
  ["select, insert, update, delete", "tables", RUN],
  ["usage, select", "sequences", RUN],
  ["select", "tables", READ],
] as const;
