import type { Clock } from "../../runtime/core/clock.ts";
import { json } from "./demo_api.ts";
import type { DemoPart } from "./part.ts";
import { openScanSources } from "./scan_sources.ts";

const POLL_INTERVAL_MS = 2_000;

/** Streams of parcels that follow sources which fail now and then. */
export async function openParcels(clock: Clock): Promise<DemoPart> {
  const opened = await openScanSources(clock);
  const { sources } = opened;
  return {
    env: {},
    async begin(api) {
      for (const { tenant, stream: name, consumers, simulator: { url: baseUrl } } of sources) {
        await api.post(tenant, "/api/streams", json({ name, baseUrl, pollIntervalMs: POLL_INTERVAL_MS, consumers }));
      }
      return new AsyncDisposableStack();
    },
    lines(url) {
      const tenants = [...new Set(sources.map(({ tenant }) => tenant))];
      return [
        ...tenants.map((tenant) => {
          const own = sources.filter((source) => source.tenant === tenant).map(({ stream }) => stream);
          const query = tenant === "demo" ? "" : `?tenant=${tenant}`;
          return `Parcels of ${tenant} (${own.join(", ")}): ${url}/streams${query}`;
        }),
        `Delivered: curl -s '${url}/api/parcels?type=DELIVERY&limit=5'`,
        `A source's truth: curl -s '${new URL("/simulator/oracle", sources[0]!.simulator.url)}'`,
      ];
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
