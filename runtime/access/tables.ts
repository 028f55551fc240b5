import type { Tables } from "../actor/tables.ts";
import { apiKeys } from "./api_keys.ts";
import { auditTables } from "./audit.ts";
import { passes } from "./passes.ts";

/** Who may come in, and who did what. */
export const accessTables: readonly Tables[] = [apiKeys, passes, auditTables];
