import { RuntimeError } from "../core/errors.ts";

/** What the platform says of failed calls, and what we say: its own words hold addresses, and queries with secrets. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/ENOTFOUND|EAI_|dns error|name resolution/i, "its name does not resolve"],
  [/ECONNREFUSED|connection refused/i, "it refused the connection"],
  [/ETIMEDOUT|timed out|EHOSTUNREACH|ENETUNREACH|unreachable/i, "it cannot be reached"],
  [/requests to port/i, "its port is blocked"],
  [
    /certificate|UNABLE_TO_|ERR_TLS_CERT|SELF_SIGNED|UnknownIssuer|NotValidFor/i,
    "its TLS certificate cannot be trusted",
  ],
  [/\btls\b|\bssl\b|EPROTO|ERR_SSL|handshake|InvalidContentType/i, "it does not speak TLS"],
  [/Z_DATA_ERROR|corrupt|gzip|brotli|ERR__?ERROR_FORMAT/i, "its answer cannot be decoded"],
  [/HPE_|parse|invalid http|http2/i, "its answer is no HTTP"],
  [
    /ECONNRESET|EPIPE|Z_BUF_ERROR|reset|closed before|hang up|end of file|premature|aborted|reading a body/i,
    "it cut the connection",
  ],
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
