import { Gauge, type Registry } from "prom-client";

/** What is read off when the metrics are asked for. */
export interface Gauges {
  readonly status: string;
  readonly storage: "ok" | "unavailable";
  readonly pending: number;
  readonly running: number;
  readonly queuedCommits: number;
  readonly streams: number;
  readonly waiting: number;
  /** Those that kinds declare with a base URL. */
  readonly upstreams: readonly {
    readonly upstream: string;
    readonly breaker: "closed" | "open" | "half-open";
    readonly remaining: number | null;
  }[];
  /** Null where no node shares the store, and nothing of it is shown. */
  readonly standing: { readonly leaseLeftMs: number; readonly nodes: number; readonly aheadMs: number } | null;
}

export function readGauges(registry: Registry, gauges: () => Gauges): void {
  const read = (name: string, help: string, value: (read: Gauges) => number) =>
    new Gauge({
      name: `mailroom_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(gauges()));
      },
    });
  read("ready", "1: it takes work", ({ status }) => Number(status === "ready"));
  read("storage_writable", "0: the storage refuses writes", ({ storage }) => Number(storage === "ok"));
  read("pending_messages", "Messages that are not handled yet", ({ pending }) => pending);
  read("running_turns", "Turns at the host", ({ running }) => running);
  read("queued_commits", "Entries that wait for the next batch", ({ queuedCommits }) => queuedCommits);
  read("waiting_actors", "Actors that wait at this node for their turn", ({ waiting }) => waiting);
  if (gauges().standing !== null) {
    const seconds = (ms = 0) => ms / 1_000;
    read(
      "lease_left_seconds",
      "Until others take over unless the lease is renewed",
      ({ standing }) => seconds(standing?.leaseLeftMs),
    );
    read("nodes", "Nodes that live, this one included", ({ standing }) => standing?.nodes ?? 1);
    read(
      "database_clock_ahead_seconds",
      "How far the clock of the database is ahead",
      ({ standing }) => seconds(standing?.aheadMs),
    );
  }
  readUpstreams(registry, gauges);
  read("open_streams", "Event streams that readers hold open", ({ streams }) => streams);
}

const BREAKER_STATES = { closed: 0, "half-open": 1, open: 2 };

function readUpstreams(registry: Registry, gauges: () => Gauges): void {
  const read = (name: string, help: string, value: (read: Gauges["upstreams"][number]) => number | null) =>
    new Gauge({
      name: `mailroom_upstream_${name}`,
      help,
      labelNames: ["upstream"],
      registers: [registry],
      collect() {
        this.reset();
        for (const each of gauges().upstreams) {
          const now = value(each);
          if (now !== null) this.set({ upstream: each.upstream }, now);
        }
      },
    });
  read("breaker_state", "0: closed, 1: half open, 2: open", ({ breaker }) => BREAKER_STATES[breaker]);
  read("remaining", "Requests that its limit allows at once, on all nodes", ({ remaining }) => remaining);
}
