import type { Access } from "./principal.ts";

/** What a route says of its callers. */
export interface Declared {
  readonly access: Access;
  /** What an API key must be for, where it is not for everything; a route without one takes only such keys. */
  readonly scope?: string | undefined;
  /** By which it is known where requests are counted. */
  readonly operation?: string | undefined;
  /** An event stream that `?ticket=` opens. */
  readonly takesTicket?: boolean;
}

/** A handler or middleware of any route. */
// deno-lint-ignore no-explicit-any -- each has a context of its own
type AnyHandler = (...args: any[]) => unknown;

const declared = new WeakMap<AnyHandler, Declared>();

/** The same handler, of which {@linkcode declaredOf} knows who may call it. */
export function callableBy<H extends AnyHandler>(callers: Access | Declared, handler: H): H {
  declared.set(handler, typeof callers === "string" ? { access: callers } : callers);
  return handler;
}

/** A route as the router knows it; middleware has the method `ALL`. */
interface Routed {
  readonly method: string;
  readonly path: string;
  readonly handler: AnyHandler;
}

const UNDECLARED: Declared = { access: "platform" };

/** The route that a request was matched with, behind all middleware. */
export function routeIn(matched: readonly Routed[]): Routed | undefined {
  return matched.find(({ method }) => method !== "ALL");
}

/** Who may call what a request was matched with: its route decides. Null: there is none. */
export function declaredOf(matched: readonly Routed[]): Declared | null {
  const route = routeIn(matched);
  return route === undefined ? null : declared.get(route.handler) ?? UNDECLARED;
}

/** @throws {TypeError} when some route does not say who may call it: an app with such a one is never served */
export function mustDeclare(routes: readonly Routed[]): void {
  const silent = routes.filter(({ method, handler }) => method !== "ALL" && !declared.has(handler));
  if (silent.length === 0) return;
  const names = silent.map(({ method, path }) => `${method} ${path}`).join(", ");
  throw new TypeError(`These routes do not say who may call them: ${names}`);
}
