/** The demo's server, over HTTP, as anybody else has it. */
export interface DemoApi {
  /** Answers what the answer is, read from JSON. @throws {Error} that says what was answered, unless it is 2xx */
  post(tenant: string, path: string, body: DemoBody): Promise<unknown>;
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

export function demoApi(url: string): DemoApi {
  return {
    async post(tenant, path, { type = "application/json", text: body }) {
      // deno-lint-ignore mailroom/clocks -- a program of its own, which no test runs under a simulated network
      const response = await fetch(url + path, {
        method: "POST",
        headers: { "content-type": type, "x-tenant": tenant },
        body,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${tenant}: POST ${path} was answered ${response.status}: ${text}`);
      return text === "" ? null : JSON.parse(text);
    },
  };
}
