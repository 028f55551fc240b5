/*
 * Of the package `pg` what is used here. Its own types come with those of Node, which change what the platform's globals
 * are taken for.
 */

declare namespace pg {
  type Parse = (value: string) => unknown;

  interface ClientConfig {
    readonly connectionString?: string | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly user?: string | undefined;
    readonly password?: string | undefined;
    readonly database?: string | undefined;
    readonly ssl?: boolean | object | undefined;
    readonly application_name?: string | undefined;
    readonly options?: string | undefined;
    /** In ms. */
    readonly connectionTimeoutMillis?: number | undefined;
    /** In ms. */
    readonly query_timeout?: number | undefined;
    readonly keepAlive?: boolean | undefined;
    readonly keepAliveInitialDelayMillis?: number | undefined;
    /** Statements are sent without waiting for the answers to those before. */
    readonly pipeline?: boolean | undefined;
    readonly types?: { getTypeParser(oid: number, format?: "text" | "binary"): Parse } | undefined;
  }

  interface PoolConfig extends ClientConfig {
    readonly max?: number | undefined;
    readonly idleTimeoutMillis?: number | undefined;
  }

  interface QueryConfig {
    readonly text: string;
    readonly values?: readonly unknown[] | undefined;
    /** Prepared once on each connection under this name. */
    readonly name?: string | undefined;
    readonly rowMode?: "array" | undefined;
    readonly query_timeout?: number | undefined;
  }

  interface QueryResult<Row = Record<string, unknown>> {
    readonly command: string;
    readonly rowCount: number | null;
    readonly rows: Row[];
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  }

  interface Notification {
    readonly channel: string;
    readonly payload?: string;
    readonly processId: number;
  }

  interface Queryable {
    query<Row = Record<string, unknown>>(config: QueryConfig): Promise<QueryResult<Row>>;
    query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  }

  class Client implements Queryable {
    constructor(config?: ClientConfig | string);
    readonly processID: number | null;
    connect(): Promise<void>;
    end(): Promise<void>;
    query: Queryable["query"];
    on(event: "error", listener: (error: Error) => void): this;
    on(event: "end", listener: () => void): this;
    on(event: "notification", listener: (notification: Notification) => void): this;
    on(event: "notice", listener: (notice: Error) => void): this;
    setTypeParser(oid: number, parse: Parse): void;
    escapeIdentifier(name: string): string;
    escapeLiteral(text: string): string;
    readonly connection: { readonly stream: { destroy(error?: Error): void } };
  }

  class PoolClient extends Client {
    /** Into the pool; with `true` or an error, out of it. */
    release(destroy?: Error | boolean): void;
  }

  class Pool implements Queryable {
    constructor(config?: PoolConfig);
    readonly totalCount: number;
    readonly idleCount: number;
    readonly waitingCount: number;
    connect(): Promise<PoolClient>;
    query: Queryable["query"];
    end(): Promise<void>;
    on(event: "error", listener: (error: Error) => void): this;
    on(event: "connect" | "acquire" | "remove", listener: (client: PoolClient) => void): this;
  }

  class DatabaseError extends Error {
    readonly code: string | undefined;
    readonly severity: string | undefined;
    readonly detail: string | undefined;
    readonly constraint: string | undefined;
    readonly table: string | undefined;
  }

  const types: { getTypeParser(oid: number, format?: "text" | "binary"): Parse };
}
export default pg;
