import { openOnPostgres } from "../support/postgres_stores.ts";
import { storeContract } from "./store_contract.ts";

storeContract("Postgres store", openOnPostgres);
