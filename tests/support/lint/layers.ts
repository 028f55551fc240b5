const FOUNDATION = ["runtime/actor", "runtime/store", "runtime/observe"];
const MIDDLE = [
  "runtime/mailbox",
  "runtime/host",
  "runtime/supervision",
  "runtime/events",
  "runtime/schedule",
  "runtime/batch",
  "runtime/subscription",
  "runtime/upstream",
  "runtime/cluster",
  "runtime/tenant",
];
/** The runtime's own tables, declared like those of kinds. */
const ACCESS = "runtime/access";
/** Names the tables that the runtime brings itself. */
const INSTALLATION = "runtime/installation.ts";
const BELOW_MIDDLE = ["runtime/core", ...FOUNDATION];
const BELOW_SYSTEM = [...BELOW_MIDDLE, ...MIDDLE];

/**
 * What each layer may import beside itself, downwards: core, then {actor, store, observe}, then the middle tier, system, mod.
 * A layer is a folder or a single file; the longest name that fits a path wins, so `actors/worker.ts` is not `actors`.
 * Siblings of one tier do not know each other, except that the store speaks of actors.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "runtime/core": [],
  "runtime/actor": ["runtime/core"],
  "runtime/store": ["runtime/core", "runtime/actor"],
  "runtime/observe": ["runtime/core"],
  ...Object.fromEntries(MIDDLE.map((layer) => [layer, BELOW_MIDDLE])),
  // Both speak to processes of their own in frames.
  "runtime/upstream": [
    ...BELOW_MIDDLE,
    "runtime/host/frame_reader.ts",
    "runtime/host/frame_writer.ts",
    "runtime/host/framed_process.ts",
    "runtime/host/deno_command.ts",
  ],
  "runtime/system": BELOW_SYSTEM,
  [ACCESS]: ["runtime/core", "runtime/actor", "runtime/store/engine.ts"],
  [INSTALLATION]: ["runtime/actor", ACCESS, ...MIDDLE],
  "runtime/authoring.ts": [...BELOW_SYSTEM, ACCESS, INSTALLATION],
  "runtime/mod.ts": [...BELOW_SYSTEM, ACCESS, "runtime/system", "runtime/authoring.ts"],
  "actors": ["runtime/authoring.ts", "actors/authoring.ts"],
  // Servers of their own for tests and the demo: no kind may load them.
  "actors/simulating": ["runtime/core"],
  "actors/parcel_stream/simulator": ["runtime/core", "actors/simulating"],
  "actors/financial_sync/simulator": [
    "runtime/core",
    "actors/simulating",
    "actors/parcel_stream/simulator/contract.ts",
  ],
  "actors/catalog/simulator": ["runtime/core", "actors/simulating", "actors/catalog/rows.ts"],
  "actors/credit_application/simulator": [
    "runtime/core",
    "actors/simulating",
    "actors/credit_application/schemas.ts",
  ],
  "actors/order/simulator": ["runtime/core", "actors/simulating"],
  // A program over HTTP with the services that it makes up.
  "actors/demo": [
    "runtime/core",
    "actors/credit_application/simulator",
    "actors/catalog/simulator",
    "actors/financial_sync/simulator",
    "actors/order/simulator",
    "actors/parcel_stream/simulator",
  ],
  "actors/authoring.ts": ["runtime/authoring.ts", "actors"],
  "actors/worker.ts": ["runtime/authoring.ts", "runtime/host/serve.ts", "actors", "actors/authoring.ts"],
  "routes": ["runtime/mod.ts", "actors", "actors/authoring.ts"],
};

/** The layer of a project path, or undefined where the design names none. */
export function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => inLayer(path, layer))
    .sort((a, b) => b.length - a.length)[0];
}

/** A path is in a layer that is its own file, or a folder above it. */
export function inLayer(path: string, layer: string): boolean {
  return path === layer || path.startsWith(`${layer}/`);
}
