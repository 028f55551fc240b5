import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { deniedNetworks } from "./address_rules.ts";
import { cidr } from "./cidr.ts";
import type { BrokerSetup } from "./open_broker.ts";

const CHILD_URL = new URL("./broker_child.ts", import.meta.url);
const NEEDED_BY_DENO = ["HOME", "DENO_DIR", "PATH", "TMPDIR"];
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
  const wanted = new Set([...NEEDED_BY_DENO, ...TRUST]);
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      `--config=${fileURLToPath(configUrl)}`,
      `--v8-flags=--max-old-space-size=${HEAP_MB}`,
      `--allow-read=${escaped(dirname(socketPath))}`,
      `--allow-write=${escaped(dirname(socketPath))}`,
      ...netFlags(setup, socketPath),
      CHILD_URL.href,
      socketPath,
    ],
    clearEnv: true,
    env: { ...Object.fromEntries(Object.entries(env).filter(([name]) => wanted.has(name))), NO_COLOR: "1" },
    // What a terminal sends to the server's group must not end one that has not come to ignore it yet.
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
}

function netFlags(setup: BrokerSetup, socketPath: string): string[] {
  if (setup.reach === "upstreams") {
    const hosts = setup.upstreams.map(({ baseUrl }) => hostOf(new URL(baseUrl)));
    return [`--allow-net=${[`unix:${escaped(socketPath)}`, ...new Set(hosts)].join(",")}`];
  }
  const denied = deniedNetworks(setup.allowed.map(cidr));
  // node:https asks for `sys` and these variables when it looks for certificates.
  const trust = ["--allow-sys", "--allow-env=NODE_USE_SYSTEM_CA,NODE_EXTRA_CA_CERTS"];
  return ["--allow-net", ...(denied.length > 0 ? [`--deny-net=${denied.join(",")}`] : []), ...trust];
}

function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** In a list of names a comma is written twice. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
