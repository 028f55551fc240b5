/** Everything an author of actors and jobs writes with: the module `@mailroom/mailroom`. */
export * from "../runtime/authoring.ts";
export { orderAt, type OrderCreated, orderCreated } from "./order/messages.ts";
export { defineJob, type JobContext, type JobDeclaration, type JobKind, type Rendering } from "./job/define_job.ts";
