import type { Refused } from "./ask.ts";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

const TITLES: Readonly<Record<number, string>> = {
  403: "Not for this role",
  404: "Not here",
  422: "Not understood",
  429: "Too many requests",
  503: "Not now",
};

/** In place of a page whose main part the API refuses. */
export function refusedView(visit: Visit, { status, message }: Refused): View {
  return {
    title: TITLES[status] ?? "Refused",
    body: (
      <section class="card">
        <div class="empty">
          <strong>{message}</strong>
          <p>
            {status === 403 && `You are here as ${visit.principal.role} of ${visit.tenant}. `}
            <a href={visit.link("/console")}>Back to the overview</a>
          </p>
        </div>
      </section>
    ),
  };
}
