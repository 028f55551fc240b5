import { allow, denoCommand } from "../host/deno_command.ts";
import { deniedNetworks } from "./address_rules.ts";
import { cidr } from "./cidr.ts";
import type { BrokerSetup } from "./open_broker.ts";

const CHILD_URL = new URL("./broker_child.ts", import.meta.url);
/** Certificates that an operator trusts besides the usual ones. */
const TRUST = ["DENO_CERT", "DENO_TLS_CA_STORE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];
/** Bodies on both their ways, for as many calls as are made at once. */
const HEAP_MB = 512;

export interface BrokerCommandOptions {
  readonly setup: BrokerSetup;
  /** The deno.json that says which versions of packages are used. */
  readonly configUrl: string;
  /** The environment of the server: the broker gets what Deno needs and the certificates to trust. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command of a broker's process: upstreams are all it may reach, by name; or, for user-given addresses, everything
 * but the networks that are not public.
 */
export function brokerCommand(socketPath: string, { setup, configUrl, env }: BrokerCommandOptions): Deno.Command {
  return denoCommand(socketPath, {
    entry: CHILD_URL,
    configUrl,
    heapMb: HEAP_MB,
    flags: netFlags(setup, socketPath),
    env,
    passedOn: TRUST,
    outputs: ["stderr"],
  });
}

function netFlags(setup: BrokerSetup, socketPath: string): string[] {
  if (setup.reach === "upstreams") {
    const hosts = setup.upstreams.map(({ baseUrl }) => hostOf(new URL(baseUrl)));
    return [allow("net", [`unix:${socketPath}`, ...new Set(hosts)])];
  }
  const denied = deniedNetworks(setup.allowed.map(cidr));
  // node:https asks for `sys` and these variables when it looks for certificates.
  const trust = ["--allow-sys", "--allow-env=NODE_USE_SYSTEM_CA,NODE_EXTRA_CA_CERTS"];
  return ["--allow-net", ...(denied.length > 0 ? [`--deny-net=${denied.join(",")}`] : []), ...trust];
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
