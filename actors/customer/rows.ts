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
  createdAt: number;
  updatedAt: number;
}

export interface CustomerDatabase {
  customers: CustomerRow;
}

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
