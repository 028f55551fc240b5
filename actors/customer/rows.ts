/** One to whom a tenant sells. Instants are ms since the epoch. */
export interface CustomerRow {
  tenant: string;
  /** Given by the client, or made; a key of actors. */
  id: string;
  name: string;
  email: string;
  createdAt: number;
  updatedAt: number;
}

export interface CustomerDatabase {
  customers: CustomerRow;
}
