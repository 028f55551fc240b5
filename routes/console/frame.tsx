import type { JSX } from "hono/jsx/jsx-runtime";
import { navigationFor } from "./navigation.ts";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

export const STYLES = ["app", "controls", "status", "console", "console_parts", "console_charts"];

/** The document around what a page shows. */
export function Frame({ visit, view }: { visit: Visit; view: View }): JSX.Element {
  const { title, about, acts, body, topics = [], subject, everyMs = 15_000 } = view;
  return (
    <html lang="en" data-tenant={visit.tenant} data-after={String(visit.lastEvent)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Mailroom console`}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        {STYLES.map((name) => <link rel="stylesheet" href={`/assets/${name}.css`} />)}
        <script type="module" src="/assets/console.js"></script>
      </head>
      <body class="console">
        <a class="skip" href="#main">Skip to the content</a>
        <Side visit={visit} />
        <main
          id="main"
          tabindex={-1}
          data-topics={topics.join(",")}
          data-subject={subject}
          data-every={String(everyMs)}
        >
          <div class="page-head">
            <div>
              <h1>{title}</h1>
              {about !== undefined && <p class="hint">{about}</p>}
            </div>
            {acts !== undefined && acts !== null && <div class="acts">{acts}</div>}
          </div>
          <noscript>
            <p class="problem">Without JavaScript this page can be read, but not act: the API does, see /docs.</p>
          </noscript>
          {body}
        </main>
        <p class="toast" role="status" id="toast"></p>
        <Confirm />
        <Keys visit={visit} />
      </body>
    </html>
  );
}

function Side({ visit }: { visit: Visit }): JSX.Element {
  const { principal, tenant } = visit;
  return (
    <header class="rail">
      <div class="rail-head">
        <a class="brand" href={visit.link("/console")}>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>
            Mailroom <span class="soft">console</span>
          </span>
        </a>
        <p class="live-state" id="live-state" data-state="waiting" role="status">
          <span class="dot" aria-hidden="true"></span>
          <span id="live-text">Connecting…</span>
        </p>
        <button type="button" class="small menu" popovertarget="menu">Menu</button>
      </div>
      <div class="menu-sheet" id="menu" popover="auto">
        <nav aria-label="Console">
          {navigationFor(principal).map(({ heading, pages }) => (
            <section>
              <h2>{heading}</h2>
              <ul>
                {pages.map(({ path, name, key }) => (
                  <li>
                    <a
                      href={visit.link(path)}
                      data-key={key}
                      aria-current={isWithin(visit.path, path) ? "page" : undefined}
                    >
                      {name}
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
        <div class="whose">
          <p>
            <span class="soft">Tenant</span> <strong>{tenant}</strong>
          </p>
          <p class="soft">{`${principal.subject}, ${principal.role}`}</p>
          {principal.role === "platform" && (
            <form method="get" class="tenant-choice">
              <label class="unseen" for="tenant">Look at another tenant</label>
              <input
                id="tenant"
                name="tenant"
                placeholder="another tenant"
                maxlength={63}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                pattern="[a-z0-9][a-z0-9_\-]*"
              />
              <button type="submit" class="small">Show</button>
            </form>
          )}
          <p class="elsewhere">
            <a href={visit.link("/")}>Pages</a>
            <a href="/docs">API</a>
            <button type="button" class="link" data-keys>Keys</button>
          </p>
        </div>
      </div>
    </header>
  );
}

function isWithin(path: string, page: string): boolean {
  return path === page || (page !== "/console" && path.startsWith(`${page}/`));
}

function Confirm(): JSX.Element {
  return (
    <dialog id="confirm" aria-labelledby="confirm-text">
      <form method="dialog">
        <p id="confirm-text"></p>
        <label class="field" id="confirm-field" hidden>
          <span id="confirm-label"></span>
          <input
            type="number"
            id="confirm-number"
            min={0}
            max={Number.MAX_SAFE_INTEGER - 1}
            step={1}
            required
            disabled
          />
        </label>
        <p class="acts">
          <button type="submit" value="no" formnovalidate>Leave it</button>
          <button type="submit" value="yes" class="danger" id="confirm-yes">Do it</button>
        </p>
      </form>
    </dialog>
  );
}

function Keys({ visit }: { visit: Visit }): JSX.Element {
  const keys = [
    ["j or ↓, k or ↑", "Next and previous row"],
    ["Enter", "Open the row"],
    ["x", "Select the row, where rows can be selected"],
    ["/", "To the filter"],
    ...navigationFor(visit.principal).flatMap(({ pages }) => pages.map(({ key, name }) => [`g ${key}`, name])),
    ["?", "This list"],
  ];
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <dl>
          {keys.map(([key, does]) => (
            <div>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <p class="acts">
          <button type="submit">Close</button>
        </p>
      </form>
    </dialog>
  );
}
