/** Everything an author of actors and jobs writes with: the module `@mailroom/mailroom`. */
export * from "../runtime/authoring.ts";
export { defineJob, type JobContext, type JobDeclaration, type JobKind, type Rendering } from "./job/define_job.ts";
