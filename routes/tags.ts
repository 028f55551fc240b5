/** What routes are about: the parts of the OpenAPI document, and what an API key may be for. */
export const TAGS = {
  "jobs": "Background work: submit it, watch it, cancel it, run it again",
  "batches": "Children that are counted together: how they ended, cancel them as a whole",
  "dead letters": "What was given up, with its error",
  "actors": "Addressed things with state, one message at a time",
  "kinds": "What actors and job types there are, and whether they run",
  "schedules": "What is sent again and again, by the clock",
  "subscriptions": "Actors that are told of what happens, event by event",
  "parcel streams": "Sources of scan events: follow one, see how far it is, hand events in",
  "parcels": "What is known of parcels",
  "employees": "Employees, and the files that tell of them",
  "financial sync": "What the ledger has booked: transactions, daily totals, and whether they match",
  "catalog": "Brands, categories and products of the card catalogue, and how it was read",
  "customers": "Whom a tenant sells to",
  "customer actions": "What happened to customers: each of them gets what is due",
  "orders": "Cards that were ordered, and what became of them",
  "mail": "E-mail that was written into files instead of being sent",
  "notifications": "What happens, as it is committed",
  "keys": "What programs sign in with",
  "tenants": "Who shares the installation: what each may, suspend it, delete it",
  "sessions": "Signing in and out of the server's pages",
  "audit": "Who did what",
  "operations": "How the server is",
} as const;

export type Tag = keyof typeof TAGS;
