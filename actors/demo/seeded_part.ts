import { type BelievableTenant, believableTenants, type SeedSize } from "./believable.ts";
import type { DemoPart } from "./part.ts";
import { seedTenant } from "./seed_tenant.ts";

const SEED = 1;
/** Little, so that nobody waits for it. */
const SIZE: SeedSize = { tenants: 3, customers: 60, employees: 40, parcels: 80, orders: 12 };

/** Tenants as `deno task seed` makes them, for other parts to go on with. */
export interface Seeded extends DemoPart {
  readonly tenants: readonly BelievableTenant[];
}

/** What has been there for long: tenants with customers, employees, parcels and orders. */
export function openSeeded(): Seeded {
  const tenants = [...believableTenants(SEED, SIZE)];
  return {
    tenants,
    env: {},
    async begin(api) {
      await Promise.all(tenants.map((tenant) => seedTenant(api, tenant)));
      return new AsyncDisposableStack();
    },
    lines: (url) => [
      `Tenants with customers, employees, parcels and orders: ${url}/console/tenants`,
      ...tenants.map(({ id, name }) => `  ${name}: ${url}/console?tenant=${id}`),
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
