import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly shown: Child;
  readonly href?: string;
}

/** Names with bars as long as their values are against the largest. */
export function Bars({ bars }: { bars: readonly Bar[] }): JSX.Element {
  const most = Math.max(1e-9, ...bars.map(({ value }) => value));
  return (
    <ul class="bars">
      {bars.map(({ name, value, shown, href }) => (
        <li>
          {href === undefined ? <span class="bar-name">{name}</span> : <a class="bar-name" href={href}>{name}</a>}
          <svg aria-hidden="true" width="100%" height="8">
            <rect class="bar-room" width="100%" height="8" rx="4" />
            <rect class="bar" width={`${(100 * value / most).toFixed(1)}%`} height="8" rx="4" />
          </svg>
          <strong>{shown}</strong>
        </li>
      ))}
    </ul>
  );
}
