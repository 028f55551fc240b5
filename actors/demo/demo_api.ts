/** The demo's server, over HTTP, as anybody else has it. */
export interface DemoApi {
  /** Answers what the answer is, read from JSON. @throws {Error} that says what was answered, unless it is 2xx or `unless` */
  post(tenant: string, path: string, body: DemoBody, options?: { readonly unless?: number }): Promise<unknown>;
  get(tenant: string, path: string): Promise<unknown>;
  send(method: "PATCH" | "DELETE", tenant: string, path: string, body?: DemoBody): Promise<unknown>;
}

export interface DemoBody {
  /** `application/json` by default. */
  readonly type?: string;
  readonly text: string;
}

/** As JSON. */
export function json(value: unknown): DemoBody {
  return { text: JSON.stringify(value) };
}

/** A line of JSON each. */
export function ndjson(values: readonly unknown[]): DemoBody {
  return { type: "application/x-ndjson", text: values.map((value) => `${JSON.stringify(value)}\n`).join("") };
}

/** `token` where the server asks who one is: of somebody of the role platform. */
export function demoApi(url: string, { token }: { readonly token?: string | undefined } = {}): DemoApi {
  const call = async (tenant: string, path: string, init: RequestInit, unless?: number) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    // deno-lint-ignore mailroom/clocks -- a program of its own, which no test runs under a simulated network
    const response = await fetch(url + path, {
      ...init,
      headers: { ...init.headers, ...authorization, "x-tenant": tenant },
    });
    const text = await response.text();
    if (!response.ok && response.status !== unless) {
      throw new Error(`${tenant}: ${init.method} ${path} was answered ${response.status}: ${text}`);
    }
    return text === "" ? null : JSON.parse(text);
  };
  return {
    post: (tenant, path, body, { unless } = {}) => call(tenant, path, { method: "POST", ...bodyOf(body) }, unless),
    get: (tenant, path) => call(tenant, path, { method: "GET" }),
    send: (method, tenant, path, body) => call(tenant, path, { method, ...body && bodyOf(body) }),
  };
}

function bodyOf({ type = "application/json", text: body }: DemoBody): RequestInit {
  return { headers: { "content-type": type }, body };
}
