import { defineUpstream } from "../../runtime/actor/upstream.ts";
import { type Clock, systemClock } from "../../runtime/core/clock.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { FetchCall, Fetched } from "../../runtime/actor/outcome.ts";
import type { Broker } from "../../runtime/upstream/egress.ts";
import { type BrokerSetup, openBroker } from "../../runtime/upstream/open_broker.ts";
import { createProcessBroker } from "../../runtime/upstream/process_broker.ts";
import { resolveUpstream } from "../../runtime/upstream/resolved.ts";
import { make } from "./fetch_call.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

/** Opens a broker in one of the places where it may live. */
export type OpenBroker = (setup: BrokerSetup) => BrokerRig;

export interface BrokerRig extends AsyncDisposable {
  readonly broker: Broker;
  readonly recorder: Recorder;
}

export function openHere(setup: BrokerSetup): BrokerRig {
  return rig(openBroker(setup, { clock: systemClock }), createRecorder());
}

/** As on Deno Deploy. */
export function openOnDeploy(setup: BrokerSetup): BrokerRig {
  return rig(openBroker(setup, { clock: systemClock, keepsConnections: false }), createRecorder());
}

export function openProcess(
  setup: BrokerSetup,
  { env = {}, clock = systemClock, configUrl = CONFIG_URL }: {
    env?: Record<string, string>;
    clock?: Clock;
    configUrl?: string;
  } = {},
): BrokerRig {
  const diagnostics = createDiagnostics();
  const recorder = createRecorder();
  recorder.hear(diagnostics);
  const own = { ...Deno.env.toObject(), ...env };
  return rig(createProcessBroker({ setup, configUrl, env: own, clock, diagnostics }), recorder);
}

export const CONFIG_URL: string = import.meta.resolve("../../deno.json");

function rig(broker: Broker, recorder: Recorder): BrokerRig {
  return { broker, recorder, [Symbol.asyncDispose]: () => broker.stop() };
}

/** Calls one server in one of the two ways. */
export interface Caller extends AsyncDisposable {
  call(path: string, call?: Partial<FetchCall> & { signal?: AbortSignal }): Promise<Fetched>;
}

export const WAYS = ["upstreams", "user-addresses"] as const;

export function callerOf(open: OpenBroker, way: (typeof WAYS)[number], baseUrl: string): Caller {
  const upstreams = [resolveUpstream(defineUpstream({ name: "outside", baseUrl, timeoutMs: 20_000 }), {})];
  const { broker, [Symbol.asyncDispose]: dispose } = way === "upstreams"
    ? open({ reach: way, upstreams })
    : open({ reach: way, upstreams: [], allowed: ["127.0.0.0/8", "::1"], webhookKeys: [] });
  return {
    call: (path, call) =>
      way === "upstreams" ? make(broker, path, { upstream: "outside", ...call }) : make(broker, baseUrl + path, call),
    [Symbol.asyncDispose]: dispose,
  };
}
