import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A letter as a server got it. */
export interface ReceivedLetter {
  readonly to: readonly string[];
  readonly from: string;
  /** By lower-case name; folded lines are one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
  /** It came through TLS. */
  readonly isSecure: boolean;
}

/** What a server replies instead of taking a letter. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly letters: ReceivedLetter[];
  /** Connections that were made so far. */
  readonly connections: number;
  /** Resolves when so many letters have come. */
  until(count: number): Promise<void>;
  /** How it replies to a recipient; null: it takes the letter. */
  recipient: (address: string) => Refusal | null;
  /** How it replies to a whole letter; `cut` takes it and ends the connection without a word; a promise holds the reply up. */
  letter: (letter: ReceivedLetter) => Refusal | "cut" | null | Promise<Refusal | "cut" | null>;
}

/** A real SMTP server on this machine, without TLS unless told otherwise. */
export async function openMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const waiting: { count: number; resolve: () => void }[] = [];
  const letters: ReceivedLetter[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const refusalError = ({ code, text }: Refusal) => Object.assign(new Error(text), { responseCode: code });
  const server: SMTPServer = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key === undefined ? ["STARTTLS"] : [],
    disableReverseLookup: true,
    onConnect(_session, done) {
      connections++;
      done();
    },
    onRcptTo({ address }, _session, done) {
      const refusal = own.recipient(address);
      done(refusal === null ? null : refusalError(refusal));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        const raw = Buffer.concat(chunks).toString("utf8");
        const { mailFrom, rcptTo } = session.envelope;
        const received: ReceivedLetter = {
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? "" : mailFrom.address,
          headers: headersOf(raw),
          raw,
          isSecure: session.secure === true,
        };
        const refusal = await own.letter(received);
        if (refusal !== null && refusal !== "cut") return done(refusalError(refusal));
        letters.push(received);
        for (const { count, resolve } of waiting) if (letters.length >= count) resolve();
        if (refusal === "cut") { for (const socket of sockets) socket.destroy(); }
        else done(null, "2.0.0 Ok: queued");
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  server.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const own: MailServer = {
    port: (server.server.address() as { port: number }).port,
    letters,
    get connections() {
      return connections;
    },
    until(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (letters.length >= count) resolve();
      else waiting.push({ count, resolve });
      return promise;
    },
    recipient: () => null,
    letter: () => null,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return own;
}

function headersOf(raw: string): Record<string, string> {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");
  return Object.fromEntries(
    head.split("\r\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}
