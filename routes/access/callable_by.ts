import type { Access } from "./principal.ts";

/** A handler or middleware of any route. */
// deno-lint-ignore no-explicit-any -- each has a context of its own
type AnyHandler = (...args: any[]) => unknown;

const declared = new WeakMap<AnyHandler, Access>();

/** The same handler, of which {@linkcode accessTo} knows who may call it. */
export function callableBy<H extends AnyHandler>(access: Access, handler: H): H {
  declared.set(handler, access);
  return handler;
}

/** A route as the router knows it; middleware has the method `ALL`. */
interface Routed {
  readonly method: string;
  readonly path: string;
  readonly handler: AnyHandler;
}

/** Who may call what a request was matched with: the first handler that is no middleware decides. Null: there is none. */
export function accessTo(matched: readonly Routed[]): Access | null {
  for (const { method, handler } of matched) {
    if (method !== "ALL") return declared.get(handler) ?? "platform";
  }
  return null;
}

/** @throws {TypeError} when some route does not say who may call it: an app with such a one is never served */
export function mustDeclare(routes: readonly Routed[]): void {
  const silent = routes.filter(({ method, handler }) => method !== "ALL" && !declared.has(handler));
  if (silent.length === 0) return;
  const names = silent.map(({ method, path }) => `${method} ${path}`).join(", ");
  throw new TypeError(`These routes do not say who may call them: ${names}`);
}
