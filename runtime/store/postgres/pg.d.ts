/** What of `pg` is used here. Its published types bring those of Node with them, and these differ from Deno's. */

export interface ClientConfig {
  connectionString?: string;
  "application_name"?: string;
  /** Of the session, as on the server's command line. */
  options?: string;
  connectionTimeoutMillis?: number;
  "query_timeout"?: number;
  keepAlive?: boolean;
  keepAliveInitialDelayMillis?: number;
  /** Sends a statement before those before it are answered. */
  pipeline?: boolean;
  types?: { getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown };
}

export interface PoolConfig extends ClientConfig {
  max?: number;
  /** 0: a connection that is not used stays. */
  idleTimeoutMillis?: number;
}

export interface QueryConfig {
  text: string;
  values?: readonly unknown[];
  /** Prepared under this name when it first comes. */
  name?: string;
  rowMode?: "array";
}

export interface FieldDef {
  name: string;
  dataTypeID: number;
}

export interface QueryResult<Row = Record<string, unknown>> {
  /** Of a text with several statements, `query` answers an array of results. */
  rows: Row[];
  /** Null for statements that have none. */
  rowCount: number | null;
  command: string;
  fields: FieldDef[];
}

export interface Notification {
  channel: string;
  payload?: string;
}

/** Reads the rows of one statement in parts, with `pg-cursor`. */
export interface Submittable {
  submit(connection: unknown): void;
}

export class Client {
  constructor(config?: ClientConfig);
  readonly processID: number;
  readonly pipeline: boolean;
  connect(): Promise<Client>;
  query<S extends Submittable>(submittable: S): S;
  query<Row = Record<string, unknown>>(config: QueryConfig): Promise<QueryResult<Row>>;
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Ends it in order; what was asked of it before is answered. */
  end(): Promise<void>;
  on(event: "error", hear: (error: Error) => void): this;
  on(event: "notification", hear: (notification: Notification) => void): this;
  on(event: "end", hear: () => void): this;
  once(event: "end", hear: () => void): this;
  setTypeParser(oid: number, parse: (value: string) => unknown): void;
  escapeLiteral(text: string): string;
  escapeIdentifier(text: string): string;
  readonly connection: {
    /** Ends it at once, as when the network is gone. */
    readonly stream: { destroy(error?: Error): void };
  };
}

export interface PoolClient extends Client {
  /** True: the connection is not used again. */
  release(destroy?: boolean | Error): void;
}

export class Pool {
  constructor(config?: PoolConfig);
  readonly options: PoolConfig;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  connect(): Promise<PoolClient>;
  query<Row = Record<string, unknown>>(config: QueryConfig): Promise<QueryResult<Row>>;
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  end(): Promise<void>;
  on(event: "error", hear: (error: Error, client: PoolClient) => void): this;
  on(event: "connect" | "acquire" | "remove", hear: (client: PoolClient) => void): this;
}

export const types: { getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown };

declare const pg: { Client: typeof Client; Pool: typeof Pool; types: typeof types };
export default pg;
