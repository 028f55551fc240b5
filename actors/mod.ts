import { createRegistry, type Registry } from "../runtime/authoring.ts";
import { counter } from "./counter/counter.ts";
import { importJob } from "./import/import_job.ts";
import { reportJob } from "./report/report_job.ts";
import { webhookJob } from "./webhook/webhook_job.ts";

/** Every kind of this installation: a new one is a folder and a line here. */
export const registry: Registry = createRegistry([
  counter,
  importJob,
  reportJob,
  webhookJob,
]);
