import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

/** A handler of a shape, and at which place of the path each of its parameters stands. */
interface Known<T> {
  readonly handler: T;
  readonly places: readonly (readonly [name: string, place: number])[];
  /** The answer as it stands, where there are no parameters. */
  readonly plain: [T, Record<string, string>];
}

/**
 * Hono's `TrieRouter` that remembers: paths whose parts are the same literals in the same places have the same handlers,
 * so each such shape is searched for once. (Hono's fast router does not take `/jobs/:id` beside `/jobs/batch`.)
 * Routes are made of literals, `:name` and `*`. What is remembered is bounded by the routes, whatever is asked for.
 */
export class ShapeRouter<T> implements Router<T> {
  readonly name = "ShapeRouter";
  readonly #trie = new TrieRouter<T>();
  readonly #methods = new Set<string>();
  /** By place. */
  readonly #literals: Set<string>[] = [];
  readonly #shapes = new Map<string, readonly Known<T>[]>();

  add(method: string, path: string, handler: T): void {
    this.#trie.add(method, path, handler);
    this.#methods.add(method);
    for (const [place, part] of path.split("/").entries()) (this.#literals[place] ??= new Set()).add(part);
    this.#shapes.clear();
  }

  match(method: string, path: string): Result<T> {
    const parts = path.split("/");
    if (parts.length > this.#literals.length || !this.#methods.has(method)) return this.#trie.match(method, path);
    let shape = method;
    for (let place = 0; place < parts.length; place++) {
      const part = parts[place]!;
      shape += part === "" || this.#literals[place]!.has(part) ? `/${part}` : "/?";
    }
    let known = this.#shapes.get(shape);
    if (known === undefined) this.#shapes.set(shape, known = this.#search(method, parts));
    return [known.map((one) => one.places.length === 0 ? one.plain : [one.handler, paramsOf(one, parts)])];
  }

  /** The parts that are no literals go in by their places, which come out as the values of the parameters. */
  #search(method: string, parts: readonly string[]): readonly Known<T>[] {
    const marked = parts.map((part, place) => part === "" || this.#literals[place]!.has(part) ? part : `?${place}`);
    const [found] = this.#trie.match(method, marked.join("/"));
    return found.map(([handler, params]) => {
      const places = Object.entries(params).map(([name, value]) => [name, marked.indexOf(String(value))] as const);
      return { handler, places, plain: [handler, {}] };
    });
  }
}

function paramsOf<T>({ places }: Known<T>, parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, place] of places) params[name] = parts[place]!;
  return params;
}
