/** Where letters go, as the address of a mail server says it. */
export type MailPlace =
  | {
    readonly to: "smtp";
    readonly host: string;
    readonly port: number;
    /** TLS from the first byte; else it begins when the server offers it, and must where there is a password. */
    readonly secure: boolean;
    readonly login: { readonly user: string; readonly password: string } | null;
  }
  /** A folder of files, for a person who tries things out. */
  | { readonly to: "maildir"; readonly path: string }
  /** Nowhere: what was rendered is dropped, for a bench. */
  | { readonly to: "null" };

const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

/**
 * `smtp://USER:PASSWORD@HOST:PORT`, `smtps://…`, `maildir:PATH` or `null:`; null when it is none of these.
 * @see RFC 8314 for the ports that hold where none is given
 */
export function parseMailUrl(text: string): MailPlace | null {
  if (text === "null:") return { to: "null" };
  const path = /^maildir:(?!\/\/)(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { to: "maildir", path };
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || !/^\/?$/.test(url.pathname)) {
    return null;
  }
  if (/[?#]/.test(text) || (url.username === "") !== (url.password === "")) return null;
  const secure = url.protocol === "smtps:";
  const login = url.username === "" ? null : decoded(url);
  if (login === undefined) return null;
  const port = Number(url.port) || (secure ? SMTPS_PORT : SUBMISSION_PORT);
  return { to: "smtp", host: url.hostname.replace(/^\[|\]$/g, ""), port, secure, login };
}

/** Who letters are from: `Name <address>`, or the address alone. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** Null when it cannot stand in a header as it is. */
export function parseSender(text: string): Sender | null {
  const found = /^(?:"?([^"<>\p{Cc}]{0,100}?)"?\s*<([^<>]+)>|([^<>]+))$/u.exec(text.trim());
  const address = (found?.[2] ?? found?.[3] ?? "").trim();
  return isMailAddress(address) ? { name: (found?.[1] ?? "").trim(), address } : null;
}

const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * Whether a letter can be sent to it: a dot-atom and a name, in ASCII, and so without anything that could end a header or a
 * command of SMTP, or begin a second address.
 * @see RFC 5321, sections 4.1.2 and 4.5.3.1
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  return text.length <= 254 && local.length <= 64 && LOCAL.test(local) &&
    domain.split(".").every((label) => LABEL.test(label));
}

function decoded({ username, password }: URL): { user: string; password: string } | undefined {
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}
