import { isHeader } from "../actor/fetch_call.ts";
import { checkBaseUrl, type Upstream, type UpstreamAuth } from "../actor/upstream.ts";
import type { Setting } from "../actor/setting.ts";
import { RuntimeError } from "../core/errors.ts";

/** An upstream with what the environment says of it: for brokers alone, as it bears secrets. */
export interface ResolvedUpstream {
  readonly name: string;
  /** Null: calls say it. */
  readonly baseUrl: string | null;
  /** Names in lower case; shown with each request below the base URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly answerBytes: number;
  /** Variables that are not set, though they must be: its calls fail. */
  readonly missing: readonly string[];
  /** Null: it speaks HTTP. */
  readonly mail: { readonly from: string; readonly unsubscribeUrl: string } | null;
}

/** @throws {TypeError} when a base URL from the environment is none, or auth is nothing that a header can hold */
export function resolveUpstream(upstream: Upstream, env: Readonly<Record<string, string>>): ResolvedUpstream {
  const missing: string[] = [];
  const said = (setting: Setting): string => {
    if (typeof setting === "string") return setting;
    const value = env[setting.env] || setting.otherwise;
    if (value === null) missing.push(setting.env);
    return value ?? "";
  };
  const { name, timeoutMs, answerBytes } = upstream;
  const baseUrl = upstream.baseUrl === null ? null : said(upstream.baseUrl);
  const headers = upstream.auth === null ? {} : headersOf(upstream.auth, said);
  const mail = upstream.mail && { from: said(upstream.mail.from), unsubscribeUrl: said(upstream.mail.unsubscribeUrl) };
  if (baseUrl !== null && baseUrl !== "") checkBaseUrl(upstream, baseUrl);
  for (const [header, value] of Object.entries(headers)) {
    if (!isHeader(header, value)) {
      throw new TypeError(
        `The auth of the upstream ${name} cannot be sent: line ends, or a header of the connection's`,
      );
    }
  }
  return { name, baseUrl, headers, timeoutMs, answerBytes, missing, mail };
}

/** @throws {RuntimeError} `not-permitted` for one that is not known, `invalid-config` that names the variables it lacks */
export function knownUpstream(
  byName: ReadonlyMap<string, ResolvedUpstream>,
  name: string | null,
): ResolvedUpstream {
  const upstream = byName.get(name ?? "");
  if (upstream === undefined) throw new RuntimeError("not-permitted", `No upstream is named ${name}`);
  if (upstream.missing.length > 0) {
    throw new RuntimeError("invalid-config", `${name} cannot be called: set ${upstream.missing.join(", ")}`);
  }
  return upstream;
}

function headersOf(auth: UpstreamAuth, said: (setting: Setting) => string): Record<string, string> {
  switch (auth.scheme) {
    case "basic": {
      const pair = new TextEncoder().encode(`${said(auth.user)}:${said(auth.password)}`);
      return { authorization: `Basic ${pair.toBase64()}` };
    }
    case "bearer":
      return { authorization: `Bearer ${said(auth.token)}` };
    case "header":
      return { [auth.name.toLowerCase()]: said(auth.value) };
  }
}
