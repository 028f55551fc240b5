import { openProcess } from "./broker_rig.ts";
import { make } from "./fetch_call.ts";

/** A program that lives for its broker until somebody kills it; its only line says the broker's pid. */
const rig = openProcess({ reach: "user-addresses", upstreams: [], allowed: ["127.0.0.0/8"], webhookKeys: [] });
const started = rig.recorder.next("broker.started");
make(rig.broker, Deno.args[0]!).catch(() => {});
await Deno.stdout.write(new TextEncoder().encode(`${(await started).pid}\n`));
