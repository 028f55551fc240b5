import ipaddr from "ipaddr.js";
import type { Context } from "hono";
import type { AppEnv } from "../app_env.ts";

/** Who sends a request, as far as the network tells: an IP address; empty where the app is asked without a server. */
export type AddressOf = (c: Context<AppEnv>) => string;

const WITH_PORT = /^(?:\[([^\]]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):\d{1,5}$/;

/**
 * The address of the connection; behind `proxies` of one's own, the one that the outermost of them saw, which is that
 * many from the end of `X-Forwarded-For`. What stands before it there anyone can write, and what is no address is passed
 * over for the connection's.
 */
export function clientAddress(proxies: number): AddressOf {
  return (c) => {
    const connection = connectionOf(c)?.hostname ?? "";
    return proxies === 0 ? connection : forwarded(c.req.header("x-forwarded-for") ?? "", proxies) ?? connection;
  };
}

/** The same, but of an IPv6 address its /64, which is one line's: what is counted by address is counted by that. */
export function byNetwork(addressOf: AddressOf): AddressOf {
  /** Of the last one, which nearly always asks again. */
  let known = { text: "", network: "" };
  return (c) => {
    const text = addressOf(c);
    if (text !== known.text) known = { text, network: networkOf(text) };
    return known.network;
  };
}

/** Nothing where the app is asked without a server. */
function connectionOf({ env }: { env: AppEnv["Bindings"] | undefined }): AppEnv["Bindings"]["remoteAddr"] {
  return env?.remoteAddr;
}

function forwarded(header: string, proxies: number): string | null {
  const text = header.split(",").at(-proxies)?.trim() ?? "";
  const [, v6, v4] = WITH_PORT.exec(text) ?? [];
  const address = v6 ?? v4 ?? text;
  return ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address) ? address : null;
}

function networkOf(text: string): string {
  if (!text.includes(":") || !ipaddr.IPv6.isValid(text)) return text;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return `${address.parts.slice(0, 4).map((part) => part.toString(16)).join(":")}::/64`;
}
