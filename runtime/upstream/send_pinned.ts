import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createSecureContext, type SecureContext } from "node:tls";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { OutsideAnswer } from "./exchange.ts";
import type { OutsideRequest } from "./redirected.ts";

/**
 * Sends to one of `addresses`, the next one when a connection cannot be made, whatever the URL's name resolves to by now.
 * Host, SNI and certificate stay the name's. No connection is kept, so none outlives the check of its address.
 */
export async function sendPinned(
  request: OutsideRequest,
  { addresses, signal }: { addresses: readonly string[]; signal: AbortSignal },
): Promise<OutsideAnswer> {
  for (const [index, address] of addresses.entries()) {
    try {
      return toAnswer(await sendTo(address, request, signal));
    } catch (error) {
      const isUnsent = (error as { syscall?: unknown }).syscall === "connect";
      if (!isUnsent || index === addresses.length - 1) throw error;
    }
  }
  throw new TypeError("There is no address to send to");
}

/** The certificates to trust, read once: reading them takes ten times as long as a handshake. */
let trusted: SecureContext | null = null;

function tlsOptions(name: string): { secureContext: SecureContext; servername?: string } {
  trusted ??= createSecureContext();
  const isName = isIP(name.replace(/^\[|\]$/g, "")) === 0;
  return { secureContext: trusted, ...(isName ? { servername: name } : {}) };
}

function sendTo(
  address: string,
  { url, method, headers, body }: OutsideRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isTls = url.protocol === "https:";
  const name = url.hostname.replace(/\.$/, "");
  return new Promise((resolve, reject) => {
    const sending = (isTls ? httpsRequest : httpRequest)({
      host: address,
      port: url.port || (isTls ? 443 : 80),
      path: url.pathname + url.search,
      method,
      headers: { ...headers, host: url.host, ...(body === null ? {} : { "content-length": body.length }) },
      agent: false,
      signal,
      ...(isTls ? tlsOptions(name) : {}),
    });
    sending.on("response", resolve);
    // Stays for the life of the request: an error after the head arrives here as well.
    sending.on("error", reject);
    sending.end(body ?? undefined);
  });
}

function toAnswer(message: IncomingMessage): OutsideAnswer {
  const body = decoded(message);
  // Whoever reads the body hears of it there.
  message.on("error", () => {});
  return {
    status: message.statusCode ?? 0,
    headers: pairs(message.rawHeaders),
    body,
    discard: () => void message.destroy(),
  };
}

function* pairs(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at]!.toLowerCase(), raw[at + 1]!];
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** An answer may be encoded although nobody asked for it; what we do not know stays as it is. */
function decoded(message: IncomingMessage): Readable {
  const coding = String(message.headers["content-encoding"] ?? "").trim().toLowerCase();
  const create = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (create === undefined) return message;
  return pipeline(message, create(), () => {});
}
