/** One to whom a tenant sells. Instants are ms since the epoch. */
export interface CustomerRow {
  tenant: string;
  /** Given by the client, or made; a key of actors. */
  id: string;
  firstName: string;
  /** Empty of one whom an older file knew by a single word. */
  lastName: string;
  email: string;
  /**
   * The address as it is unique in the tenant; null of all but the first whom an older file knew by the same one, until
   * their address changes.
   */
  emailKey: string | null;
  /** 1 for a new one; grows with every change. */
  version: number;
  /** JSON of a {@linkcode Deliverability}; null until the address has been looked at. */
  deliverability: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface CustomerDatabase {
  customers: CustomerRow;
}

/** What can be told of an address without writing to it. */
export interface Deliverability {
  readonly verdict: "good" | "doubtful";
  readonly reasons: readonly DoubtfulBy[];
  /** What was probably meant, of an address that looks misspelt. */
  readonly suggestion: string | null;
}

export const DOUBTFUL_BY = ["role-address", "disposable-domain", "misspelt-domain"] as const;

export type DoubtfulBy = typeof DOUBTFUL_BY[number];

/** What people say of a customer. */
export type CustomerDetails = Pick<CustomerRow, "firstName" | "lastName" | "email">;

/** A customer as letters and applications address one. */
export interface NamedCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export function namedCustomer(
  { id, firstName, lastName, email }: CustomerDetails & { readonly id: string },
): NamedCustomer {
  return { id, name: `${firstName} ${lastName}`.trim(), email };
}

/** Addresses that differ in nothing but capitals lead to one mailbox. */
export function emailKeyOf(email: string): string {
  return email.toLowerCase();
}

/** Names what a customer was at one time; never again anything else, not even once it is removed and made anew. */
export function versionTag({ createdAt, version }: Pick<CustomerRow, "createdAt" | "version">): string {
  return `${createdAt.toString(36)}-${version}`;
}
