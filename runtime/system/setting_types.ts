import { z } from "zod";
import { parseMailUrl, parseSender } from "../actor/mail_url.ts";
import { isPostgresUrl, parsePostgresUrl } from "../store/postgres/url.ts";
import { parseCidr } from "../upstream/cidr.ts";
import { parseWebhookKeys } from "../upstream/sign_webhook.ts";

/** A host name or address of this machine. */
export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const SECRET_BYTES = 32;

/** `acme=3,beta=2`: a weight of 1-100 for each tenant. */
export function weights(): z.ZodType<ReadonlyMap<string, number>, string> {
  const part = /^([a-z0-9][a-z0-9_-]{0,62})=([1-9]\d?|100)$/;
  const parts = (text: string) => text.split(",").map((each) => part.exec(each.trim()));
  return z.string()
    .refine(
      (text) => parts(text).every((found) => found !== null),
      "must read like acme=3,beta=2, with weights of 1-100",
    )
    .transform((text) => new Map(parts(text).map((found) => [found![1]!, Number(found![2])])));
}

/** `10.0.0.0/8,fd00::/8`: networks, or single addresses. */
export function networks(): z.ZodType<readonly string[], string> {
  const parts = (text: string) => text.split(",").map((part) => part.trim());
  return z.string()
    .refine((text) => parts(text).every((part) => parseCidr(part) !== null), "must read like 10.1.0.0/16,fd00::/8")
    .transform(parts);
}

/** `https://app.example,http://localhost:3000`: scheme, name and port as browsers write them, and no `*`. */
export function origins(): z.ZodType<readonly string[], string> {
  const parts = (text: string) => text.split(",").map((part) => part.trim());
  const isOrigin = (text: string) => /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text;
  return z.string()
    .refine((text) => parts(text).every(isOrigin), "must read like https://app.example,http://localhost:3000")
    .transform(parts);
}

/** The value itself is in no message. */
export function webhookKeys(): z.ZodType<readonly Uint8Array[], string> {
  return z.string()
    .refine((text) => parseWebhookKeys(text) !== null, "must be one or two of whsec_ and base64 of 24-64 bytes")
    .transform((text) => parseWebhookKeys(text)!);
}

/** It bears a password, and is in no message. */
export function server(): z.ZodType<string, string> {
  return z.string().refine(isServer, "must be postgres://<user>:<password>@<host>:<port>/<database>");
}

/** Whether it is the address of a Postgres database. */
export function isServer(url: string): boolean {
  try {
    return isPostgresUrl(url) && parsePostgresUrl(url) !== null;
  } catch {
    return false;
  }
}

/** The bytes of the text as it stands; it is in no message. */
export function secret(): z.ZodType<Uint8Array<ArrayBuffer>, string> {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  return z.string()
    .refine(
      (text) => bytesOf(text).length >= SECRET_BYTES,
      `must be at least ${SECRET_BYTES} bytes, such as openssl rand -base64 32 prints`,
    )
    .transform(bytesOf);
}

/** Who can change the keys on their way decides who may come in: so by TLS, but for this machine. */
export function keySetUrl(): z.ZodType<string, string> {
  const fits = (text: string) => {
    const url = URL.parse(text);
    if (url === null || url.username !== "" || url.password !== "") return false;
    return url.protocol === "https:" ||
      (url.protocol === "http:" && LOOPBACK.test(url.hostname.replace(/^\[|\]$/g, "")));
  };
  return z.string().refine(fits, "must be an https: URL without a password, or an http: one of this machine");
}

/** May be of this machine or of a private network: who sets it decides. It may bear a secret, and is in no message. */
export function sourceUrl(): z.ZodType<string, string> {
  const fits = (text: string) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" &&
      !/[?#]/.test(text);
  };
  return z.string().refine(fits, "must be an http: or https: URL without credentials, query and fragment");
}

/** It may bear a password, and is in no message. */
export function mailUrl(): z.ZodType<string, string> {
  const form = "smtp://<user>:<password>@<host>:<port>, smtps://..., maildir: and a path, or null:";
  return z.string().refine((text) => parseMailUrl(text) !== null, `must be ${form}`);
}

/** Who letters are from. */
export function sender(): z.ZodType<string, string> {
  return z.string().refine((text) => parseSender(text) !== null, "must read like Name <name@example.com>");
}

/** Called by mail readers without a login. */
export function httpsUrl(): z.ZodType<string, string> {
  const fits = (text: string) => URL.parse(text)?.protocol === "https:" && text.length <= 500;
  return z.string().refine(fits, "must be an https: URL of at most 500 characters");
}

/** A whole number, written in digits. */
export function whole(min: number, max: number): z.ZodType<number, string> {
  const fits = (text: string) => /^\d{1,12}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return z.string().refine(fits, `must be a whole number from ${min} to ${max}`).transform(Number);
}
