/** Calls an address of this machine as on Deno Deploy, and prints what came of it: for tests of what a process trusts. */
import { systemClock } from "../../runtime/core/clock.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { make } from "./fetch_call.ts";

const broker = openBroker(
  { reach: "user-addresses", upstreams: [], allowed: ["127.0.0.0/8", "::1"], webhookKeys: [] },
  { clock: systemClock, keepsConnections: false },
);
const said = await make(broker, Deno.args[0]!).then(({ text }) => text, (error: Error) => error.message);
Deno.stdout.writeSync(new TextEncoder().encode(said));
