export { OWN_DEED } from "../actor/journal.ts";
