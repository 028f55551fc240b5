import type { Registry } from "../actor/registry.ts";
import type { Upstream } from "../actor/upstream.ts";
import type { Clock } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { createEgress, type MailBroker } from "./bounded_egress.ts";
import type { Broker, Egress } from "./egress.ts";
import type { BrokerSetup } from "./open_broker.ts";
import { resolveUpstream } from "./resolved.ts";

export interface EgressChoice {
  /** `process` gives each broker one; the others leave it in this one. */
  readonly isolation: "auto" | "process" | "worker" | "inline";
  /** Whether this is Deno Deploy: `auto` leaves brokers in this process there. */
  readonly onDeploy?: boolean;
  readonly registry: Registry;
  /** Networks that user-given addresses may lead to although they are not public. */
  readonly allowed: readonly string[];
  readonly webhookKeys: readonly Uint8Array[];
  readonly configUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** @throws {TypeError} when two upstreams of one name differ */
export async function chooseEgress(choice: EgressChoice): Promise<Egress> {
  const resolved = upstreamsOf(choice.registry).map((each) => resolveUpstream(each, choice.env));
  const setups = {
    upstreams: { reach: "upstreams", upstreams: resolved.filter(({ baseUrl, mail }) => baseUrl !== null && !mail) },
    mail: { reach: "mail", upstreams: resolved.filter(({ mail }) => mail !== null) },
    userAddresses: {
      reach: "user-addresses",
      upstreams: resolved.filter(({ baseUrl }) => baseUrl === null),
      allowed: choice.allowed,
      webhookKeys: choice.webhookKeys.map((key) => key.toBase64()),
    },
  } as const;
  const create = await brokers(choice);
  return createEgress({
    upstreams: create(setups.upstreams),
    userAddresses: create(setups.userAddresses),
    mail: await mailBroker(setups.mail, create, choice),
  });
}

/** What drops all letters needs no process. */
async function mailBroker(
  setup: Extract<BrokerSetup, { reach: "mail" }>,
  create: (setup: BrokerSetup) => Broker,
  { clock }: EgressChoice,
): Promise<MailBroker | null> {
  const { upstreams } = setup;
  if (upstreams.length === 0) return null;
  const names = upstreams.map(({ name }) => name);
  const drops = upstreams.every(({ baseUrl }) => baseUrl === "null:");
  if (!drops) return { names, drops, broker: create(setup) };
  const { openBroker } = await import("./open_broker.ts");
  return { names, drops, broker: openBroker(setup, { clock }) };
}

/** Loads only the chosen implementation. */
async function brokers(choice: EgressChoice) {
  const { isolation, onDeploy = false, clock } = choice;
  const hasProcesses = typeof Deno.Command === "function" && Deno.build.os !== "windows";
  if (isolation !== "process" && (isolation !== "auto" || !hasProcesses || onDeploy)) {
    const { openBroker } = await import("./open_broker.ts");
    return (setup: BrokerSetup) => openBroker(setup, { clock, keepsConnections: !onDeploy });
  }
  const { createProcessBroker } = await import("./process_broker.ts");
  return (setup: BrokerSetup) => createProcessBroker({ ...choice, setup });
}

/** Every upstream that some kind names, once. */
export function upstreamsOf({ kinds }: Pick<Registry, "kinds">): readonly Upstream[] {
  const byName = new Map<string, Upstream>();
  for (const upstream of [...kinds.values()].flatMap((kind) => kind.upstreams)) {
    const { name } = upstream;
    const known = byName.get(name) ?? upstream;
    if (JSON.stringify(known) !== JSON.stringify(upstream)) {
      throw new TypeError(`Two upstreams are named ${name}: rename one`);
    }
    byName.set(name, known);
  }
  return [...byName.values()];
}
