/** What the driver is asked: a statement that the connection prepares under its name when it is run for the first time. */
export interface NamedQuery {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode: "array";
}

/** What the driver answers: rows as arrays, in the order of the columns. */
export interface Answer {
  readonly rows: unknown[][];
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string }[];
  readonly command: string | null;
}
