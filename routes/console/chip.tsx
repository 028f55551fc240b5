import type { JSX } from "hono/jsx/jsx-runtime";

/** How something is, in a word and a colour; the dot's form says it without colours too. */
export function Chip(
  { status, children }: { readonly status: string; readonly children?: string | undefined },
): JSX.Element {
  return (
    <span class="chip" data-status={status}>
      <span class="dot" aria-hidden="true"></span>
      {children ?? wordOf(status)}
    </span>
  );
}

function wordOf(status: string): string {
  return status.charAt(0).toUpperCase() + status.slice(1).replaceAll("-", " ");
}
