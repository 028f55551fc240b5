import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { Visit } from "./visit.ts";

/** A section with a heading. */
export function Card(
  { title, id, acts, children }: { title: string; id: string; acts?: Child; children?: Child },
): JSX.Element {
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {acts}
      </div>
      {children}
    </section>
  );
}

/** Where there is nothing: what that means, and what to do. */
export function Empty({ title, children }: { title: string; children?: Child }): JSX.Element {
  return (
    <div class="empty">
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

/** Names and what they are; a null is left out. */
export function Facts({ of }: { of: Readonly<Record<string, Child>> }): JSX.Element {
  return (
    <dl class="facts">
      {Object.entries(of).filter(([, value]) => value !== null).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The way to older rows, and back to the newest. */
export function Pager(
  { visit, nextCursor, older = "Older" }: { visit: Visit; nextCursor: string | null; older?: string },
): JSX.Element | null {
  const { cursor, ...query } = visit.query;
  if (nextCursor === null && cursor === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {cursor !== undefined && <a class="button" href={visit.link(visit.path, query)}>First page</a>}
      {nextCursor !== null && (
        <a class="button" href={visit.link(visit.path, { ...query, cursor: nextCursor })} rel="next">{older}</a>
      )}
    </nav>
  );
}

/** What went wrong, as the API says it. */
export function ProblemNote({ children }: { children?: Child }): JSX.Element {
  return <div class="problem" role="note">{children}</div>;
}

/** A text that may be long, closed until it is wanted. */
export function Folded({ title, id, children }: { title: string; id: string; children?: Child }): JSX.Element {
  return (
    <details id={id}>
      <summary>{title}</summary>
      <pre tabindex={0}>{children}</pre>
    </details>
  );
}
