import type { DemoApi } from "./demo_api.ts";

/** Something that the demo shows: services outside, made up, for as long as it is not disposed of, and what people do. */
export interface DemoPart extends AsyncDisposable {
  /** What the server is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Does what must be there first; what it answers goes on until it is disposed of. @throws {Error} when that is not taken */
  begin(api: DemoApi): Promise<AsyncDisposable>;
  /** For a person, with addresses under `url`. */
  lines(url: string): readonly string[];
}

/** Of a tenant's car washes; the streams of parcels have tenants of their own. */
export const WASH_TENANTS: readonly string[] = [
  ...["alder", "aspen", "beech", "birch", "cedar", "elm"],
  ...["hazel", "larch", "maple", "oak", "rowan", "willow"],
];
