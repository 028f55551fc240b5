import { RuntimeError } from "../core/errors.ts";

/** What the platform says of failed calls, and what we say: its own words hold addresses, and queries with secrets. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/ENOTFOUND|EAI_|dns error|lookup address|name or service|name resolution/i, "its name does not resolve"],
  [/ECONNREFUSED|connection refused/i, "it refused the connection"],
  [/cert|CERT|UNABLE_TO_|SELF_SIGNED|UnknownIssuer|NotValidFor/, "its TLS certificate cannot be trusted"],
  [/\b(tls|ssl|EPROTO)\b|handshake|InvalidContentType/i, "it does not speak TLS"],
  [
    /ECONNRESET|EPIPE|reset|closed before|hang up|unexpected end|premature|aborted|end of file|incomplete/i,
    "it cut the connection",
  ],
  [/ETIMEDOUT|timed out|EHOSTUNREACH|ENETUNREACH|unreachable/i, "it cannot be reached"],
  [
    /Z_DATA_ERROR|Z_BUF_ERROR|decod|decompress|brotli|gzip|incorrect header|invalid (code|stored|distance|block)/i,
    "its answer cannot be decoded",
  ],
  [/HPE_|parse|invalid http|invalid header|http2|too large/i, "its answer is no HTTP"],
];

/** Whatever went wrong with a call, as an error that may be shown; an error of our own as it is. */
export function failure(thrown: unknown, name: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  if (thrown instanceof Error && (thrown.name === "NotCapable" || thrown.name === "PermissionDenied")) {
    return new RuntimeError("address-refused", `${name} leads to an address that work may not reach`, {
      cause: thrown,
    });
  }
  const said = saidBy(thrown);
  const reason = REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? "the call broke off";
  return new RuntimeError("upstream-failed", `${name} gave no answer: ${reason}`, { retryable: true, cause: thrown });
}

/** Codes and messages down the chain of causes. */
function saidBy(thrown: unknown): string {
  const parts: string[] = [];
  for (let error = thrown; error instanceof Error && parts.length < 10; error = error.cause) {
    parts.push(String((error as { code?: unknown }).code ?? ""), withoutAddresses(error.message));
  }
  return parts.join(" ");
}

/** A path like `/certificates` says nothing about the connection. */
function withoutAddresses(message: string): string {
  return message.replace(/https?:\/\/\S+/g, "");
}
