import type { Kysely } from "kysely";
import { z } from "zod";
import { createRegistry, defineActor, defineTables, type Registry } from "../../../runtime/authoring.ts";
import { note } from "./store_registry.ts";

const halves = defineTables<Record<never, never>>()("half", {
  migrations: {
    "2026-11-23-halves": {
      async up({ schema }: Kysely<unknown>) {
        await schema.createTable("first_half").addColumn("id", "text").execute();
        throw new Error("the second half is missing");
      },
    },
  },
  writes: () => ({}),
  queries: () => ({}),
});

const half = defineActor({
  kind: "half",
  state: z.object({}),
  initial: {},
  messages: { keep: z.object({}) },
  tables: [halves],
  on: { keep: () => {} },
});

/** The kinds of `store_registry.ts` and one whose migration fails midway. */
export const registry: Registry = createRegistry([note, half]);
