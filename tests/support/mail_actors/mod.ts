import { emailJob } from "../../../actors/email/email_job.ts";
import { createRegistry, type Registry } from "../../../runtime/authoring.ts";

/** E-mail alone, which is tried again at once. */
export const registry: Registry = createRegistry([
  { ...emailJob, retry: { ...emailJob.retry, baseMs: 50, maxMs: 100 } },
]);
