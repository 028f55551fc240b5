import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { DeclaredRoute } from "../access/create_route.ts";
import { pathOf } from "./ask.ts";
import type { Visit } from "./visit.ts";

interface ActButtonProps {
  readonly visit: Visit;
  /** Of the API: what the button calls is what everybody else calls. */
  readonly route: DeclaredRoute;
  readonly params?: Readonly<Record<string, string>>;
  /** Said when it is done. */
  readonly done: string;
  /** Asked before. */
  readonly confirm?: string;
  /** And a whole number with it, which is sent by this name. */
  readonly number?: { readonly name: string; readonly label: string; readonly value: number };
  /** For those who hear it apart from its row: what it acts on. */
  readonly of?: string;
  readonly tone?: "primary" | "danger";
  readonly children?: Child;
}

/** A button that calls a route of the API; nothing where the route would refuse who looks. */
export function ActButton(
  { visit, route, params, done, confirm, number, of, tone, children }: ActButtonProps,
): JSX.Element | null {
  if (!visit.mayCall(route)) return null;
  return (
    <button
      type="button"
      class={tone === undefined ? "small" : `small ${tone}`}
      data-method={route.method.toUpperCase()}
      data-act={pathOf(route, params === undefined ? {} : { params })}
      data-done={done}
      data-confirm={confirm}
      data-number={number?.name}
      data-number-label={number?.label}
      data-number-value={number === undefined ? undefined : String(number.value)}
    >
      {children}
      {of !== undefined && <span class="unseen">{` ${of}`}</span>}
    </button>
  );
}
