import { connect, type Socket } from "node:net";
import type { createTransport } from "nodemailer";
import type { MailPlace } from "../../actor/mail_url.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Carrier } from "./carrier.ts";
import { composeLetter } from "./compose_letter.ts";
import { shownReply, smtpFailure } from "./smtp_failure.ts";

export type SmtpPlace = Extract<MailPlace, { to: "smtp" }>;

/** Servers bound how many connections one client may have; five carry some hundred letters a second. */
const MOST_CONNECTIONS = 5;
/** After so many letters a connection is made anew, so that a balancer before several servers has a say. */
const LETTERS_PER_CONNECTION = 100;
const CONNECT_MS = 10_000;
/** Of one reply. Servers may look at a letter for long before they take it. */
const SILENCE_MS = 45_000;
const IDLE_MS = 15_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Speaks SMTP over a few connections that are kept. TLS begins as soon as the server offers it; where there is a password
 * it must, but for this machine.
 *
 * Sockets are opened here and not by nodemailer, which would resolve the name first: this process may connect to the server
 * by its name alone.
 */
export async function createSmtpCarrier(
  { name, place, clientName }: { name: string; place: SmtpPlace; clientName: string },
): Promise<Carrier> {
  const nodemailer = await import("nodemailer");
  const { host, port, secure, login } = place;
  const pool = nodemailer.createTransport({
    pool: true,
    host,
    port,
    secure,
    name: clientName,
    requireTLS: login !== null && !LOOPBACK.test(host),
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
    maxConnections: MOST_CONNECTIONS,
    maxMessages: LETTERS_PER_CONNECTION,
    // Once, and only what was not begun: whatever else has to be sent again is the job's to say.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    idleTimeout: IDLE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  openSocketsFor(pool, { host, port });
  return {
    async carry(letter, signal) {
      try {
        const { response } = await pool.sendMail({ ...composeLetter(letter), signal });
        return { end: "taken", reply: shownReply(response, letter.to.address) };
      } catch (thrown) {
        signal.throwIfAborted();
        return smtpFailure(thrown, { name, to: letter.to.address });
      }
    },
    stop: () => pool.close({ force: true }),
  };
}

function openSocketsFor(pool: ReturnType<typeof createTransport>, place: { host: string; port: number }): void {
  pool.getSocket = (_options, callback) => {
    const socket: Socket = connect(place);
    const cannot = (error: Error) => {
      socket.destroy();
      callback(error);
    };
    socket.once("error", cannot);
    socket.setTimeout(CONNECT_MS, () => cannot(new RuntimeError("upstream-failed", "ETIMEDOUT")));
    socket.once("connect", () => {
      socket.removeListener("error", cannot);
      socket.setTimeout(0);
      callback(null, { connection: socket });
    });
  };
}
