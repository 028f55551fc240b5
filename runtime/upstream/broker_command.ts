import { allow, denoCommand } from "../host/deno_command.ts";
import { parseMailUrl } from "../actor/mail_url.ts";
import { deniedNetworks } from "./address_rules.ts";
import { cidr } from "./cidr.ts";
import type { BrokerSetup } from "./open_broker.ts";
import type { ResolvedUpstream } from "./resolved.ts";

const CHILD_URL = new URL("./broker_child.ts", import.meta.url);
/** Certificates that an operator trusts besides the usual ones. */
const TRUST = ["DENO_CERT", "DENO_TLS_CA_STORE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];
/** Bodies on both their ways, for as many calls as are made at once. */
const HEAP_MB = 512;
/** It hands calls and answers on, and keeps none: more would only be the memory of a broker that has little to do. */
const YOUNG_MB = 2;

export interface BrokerCommandOptions {
  readonly setup: BrokerSetup;
  /** The deno.json that says which versions of packages are used. */
  readonly configUrl: string;
  /** The environment of the server: the broker gets what Deno needs and the certificates to trust. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command of a broker's process: upstreams are all it may reach, by name, and of a mail server that is a folder, that;
 * or, for user-given addresses, everything but the networks that are not public.
 */
export function brokerCommand(socketPath: string, { setup, configUrl, env }: BrokerCommandOptions): Deno.Command {
  return denoCommand(socketPath, {
    entry: CHILD_URL,
    configUrl,
    heapMb: HEAP_MB,
    youngMb: YOUNG_MB,
    ...foldersOf(setup),
    flags: netFlags(setup, socketPath),
    env,
    passedOn: TRUST,
    outputs: ["stderr"],
  });
}

function netFlags(setup: BrokerSetup, socketPath: string): string[] {
  if (setup.reach === "upstreams") {
    const hosts = setup.upstreams.flatMap(({ baseUrl }) => baseUrl ? [hostOf(new URL(baseUrl))] : []);
    return [allow("net", [`unix:${socketPath}`, ...new Set(hosts)])];
  }
  if (setup.reach === "mail") return [allow("net", [`unix:${socketPath}`, ...new Set(mailHosts(setup.upstreams))])];
  const denied = deniedNetworks(setup.allowed.map(cidr));
  return ["--allow-net", ...(denied.length > 0 ? [`--deny-net=${denied.join(",")}`] : [])];
}

/** Of mail servers that are folders: a file is written, and renamed when it is whole. */
function foldersOf(setup: BrokerSetup): { read: string[]; write: string[] } {
  const places = setup.reach === "mail" ? setup.upstreams.map(({ baseUrl }) => parseMailUrl(baseUrl ?? "")) : [];
  const folders = places.flatMap((place) => place?.to === "maildir" ? [place.path] : []);
  return { read: folders, write: folders };
}

function mailHosts(upstreams: readonly ResolvedUpstream[]): string[] {
  return upstreams.flatMap(({ baseUrl }) => {
    const place = parseMailUrl(baseUrl ?? "");
    if (place?.to !== "smtp") return [];
    return [`${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`];
  });
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
