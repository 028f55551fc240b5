import type { Scenario } from "./scenario.ts";

/** All of them by name, in the order in which they run; loaded where they run. */
export const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  throughput: async () => (await import("./throughput.ts")).throughput,
  latency: async () => (await import("./latency.ts")).latency,
  "hot-actor": async () => (await import("./hot_actor.ts")).hotActor,
  fairness: async () => (await import("./fairness.ts")).fairness,
  backlog: async () => (await import("./backlog.ts")).backlog,
  http: async () => (await import("./http_scenario.ts")).httpScenario,
  hostile: async () => (await import("./hostile.ts")).hostile,
  feed: async () => (await import("./feed_scenario.ts")).feedScenario,
  parcels: async () => (await import("./parcels_scenario.ts")).parcels,
  streams: async () => (await import("./streams_scenario.ts")).streams,
  actions: async () => (await import("./actions_scenario.ts")).actions,
  orders: async () => (await import("./orders_scenario.ts")).orders,
  catalog: async () => (await import("./catalog_scenario.ts")).catalogScenario,
  postgres: async () => (await import("./postgres_scenario.ts")).postgresScenario,
  nodes: async () => (await import("./nodes_scenario.ts")).nodesScenario,
  sustained: async () => (await import("./sustained.ts")).sustained,
};
