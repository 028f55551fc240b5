import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";

/** One key, or two while one replaces the other; each `whsec_` and base64 of 24-64 bytes, parted by a space or comma. */
const KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** The keys that a setting holds; null when it is not written as it should be. */
export function parseWebhookKeys(text: string): readonly Uint8Array[] | null {
  const keys = text.split(/[\s,]+/).filter((part) => part !== "").map((part) => {
    const base64 = KEY.exec(part)?.[1];
    return base64 === undefined ? null : Buffer.from(base64, "base64");
  });
  const fit = keys.filter((key) => key !== null && key.length >= 24 && key.length <= 64);
  return fit.length === keys.length && keys.length > 0 && keys.length <= 2 ? keys as Uint8Array[] : null;
}

/**
 * The headers that let a receiver verify who sent a body, and tell a repeat.
 * @param options.at seconds since the epoch
 * @see Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers"
 */
export function signWebhook(
  body: string,
  { id, at, keys }: { id: string; at: number; keys: readonly Uint8Array[] },
): Record<string, string> {
  const signed = `${id}.${at}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": signatures.join(" ") };
}
