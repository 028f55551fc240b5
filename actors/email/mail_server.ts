import { defineUpstream, fromEnv, type Upstream } from "../authoring.ts";

/*
 * Who speaks SMTP: a broker, in a process of its own that may reach the mail server and nothing else (or write the folder
 * of a maildir, and nothing else). Not the handler, in a pool with permissions:
 *
 * - SMTP_URL bears a password. Main reads it and the broker gets it; no worker, no log and no error ever holds it.
 * - A mail server bounds connections, by client. The broker keeps a few for all workers and children; a child that is
 *   killed for some other kind's handler costs no letter on its way.
 * - A mail server is an upstream like others: the same breaker, bounds, deadlines and figures stand before it.
 * - A mail server that hangs answers nobody for half a minute, and letters come by the thousand. They must not have all slots of
 *   the workers then: a few more are under way than the broker has connections, the others wait in their mailboxes.
 * - Kinds with permissions have workers of their own in every child, which installations that send nothing would pay for.
 */

/** Where letters are handed in. */
export const mailServer: Upstream = defineUpstream({
  name: "mail",
  baseUrl: fromEnv("SMTP_URL"),
  mail: { from: fromEnv("MAIL_FROM", "mailroom@localhost"), unsubscribeUrl: fromEnv("MAIL_UNSUBSCRIBE_URL", "") },
  timeoutMs: 30_000,
  totalTimeoutMs: 30_000,
  concurrency: 8,
});
