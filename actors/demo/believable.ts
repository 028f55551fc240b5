import type { Faker } from "@faker-js/faker";
// Of all languages that there are it loads this one.
import { faker } from "@faker-js/faker/locale/en";
import type { Person } from "./people.ts";

/** Somebody who buys. */
export interface BelievableCustomer extends Person {
  readonly id: string;
}

/** What a tenant is made of; the same for the same seed. */
export interface BelievableTenant {
  readonly id: string;
  readonly name: string;
  readonly customers: readonly BelievableCustomer[];
  /** As a file of CSV. */
  readonly employees: string;
  /** As a Scan Event API tells them, with ids that increase. */
  readonly scans: readonly object[];
  readonly orders: readonly object[];
}

export interface SeedSize {
  readonly tenants: number;
  readonly customers: number;
  readonly employees: number;
  readonly parcels: number;
  readonly orders: number;
}

/** Everything that is made up has happened by then. */
const TODAY = "2026-11-01T00:00:00.000Z";
const SCANS = ["PICKUP", "STATUS", "STATUS", "DELIVERY"] as const;
const STATUSES = ["", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"] as const;

/** Tenants one after the other, so that no more than one is in memory; addresses lead nowhere. */
export function* believableTenants(seed: number, size: SeedSize): Generator<BelievableTenant> {
  for (let number = 0; number < size.tenants; number++) {
    faker.seed(seed + number);
    faker.setDefaultRefDate(TODAY);
    const company = faker.company.name();
    yield {
      id: `${faker.helpers.slugify(company).toLowerCase().replaceAll(/[^a-z0-9-]/g, "").slice(0, 40)}-${number}`,
      name: company,
      customers: Array.from({ length: size.customers }, (_, index) => customerOf(faker, index)),
      employees: employeesOf(faker, size.employees),
      scans: scansOf(faker, size.parcels),
      orders: Array.from({ length: size.orders }, (_, index) => orderOf(faker, index)),
    };
  }
}

function personOf(faker: Faker, number: number): Person {
  const [firstName, lastName] = [faker.person.firstName(), faker.person.lastName()];
  const local = faker.helpers.slugify(`${firstName}.${lastName}`).toLowerCase().replaceAll(/[^a-z.]/g, "");
  return { firstName, lastName, email: `${local}.${number}@people.example` };
}

function customerOf(faker: Faker, number: number): BelievableCustomer {
  return { id: `c-${1_000 + number}`, ...personOf(faker, number) };
}

function employeesOf(faker: Faker, count: number): string {
  const rows = Array.from({ length: count }, (_, number) => {
    const { firstName, lastName, email } = personOf(faker, number);
    const since = faker.date.past({ years: 12 }).toISOString().slice(0, 10);
    return `E-${1_000 + number},${`${firstName} ${lastName}`.replaceAll(",", " ")},${email},${since}\n`;
  });
  return `employee_number,name,email,start_date\n${rows.join("")}`;
}

/** Each parcel has one to four scans; all of them in the order of their time. */
function scansOf(faker: Faker, parcels: number): object[] {
  const scans = Array.from({ length: parcels }, (_, index) => {
    const parcel = 5_000 + index;
    const [depot, reader] = [faker.number.int({ min: 1, max: 40 }), faker.number.int({ min: 80_000, max: 90_000 })];
    const picked = faker.date.recent({ days: 14 }).getTime();
    return SCANS.slice(0, faker.number.int({ min: 1, max: SCANS.length })).map((type, step) => ({
      at: picked + step * faker.number.int({ min: 1, max: 20 }) * 3_600_000,
      scan: {
        ParcelId: parcel,
        Type: type,
        StatusCode: STATUSES[step],
        Device: { DeviceTransactionId: reader + step, DeviceId: depot },
        User: { UserId: `NC${1_000 + depot}`, CarrierId: "NC", RunId: String(100 + depot) },
      },
    }));
  }).flat();
  return scans.toSorted((one, other) => one.at - other.at).map(({ at, scan }, index) => ({
    EventId: index + 1,
    CreatedDateTimeUtc: `${new Date(at).toISOString().slice(0, -1)}0000Z`,
    ...scan,
  }));
}

function orderOf(faker: Faker, number: number): object {
  return {
    requestId: `seed-${number}`,
    currency: faker.helpers.arrayElement(["EUR", "USD", "GBP"]),
    products: Array.from({ length: faker.number.int({ min: 1, max: 3 }) }, () => ({
      productId: faker.number.int({ min: 100_000, max: 199_999 }),
      quantity: faker.number.int({ min: 1, max: 5 }),
      value: faker.number.int({ min: 5, max: 100 }) * 100,
    })),
  };
}
