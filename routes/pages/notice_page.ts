import type { Missing } from "../../runtime/mod.ts";

interface Step {
  /** What it gives. */
  readonly gives: Missing;
  readonly heading: string;
  readonly lines: readonly string[];
}

const STEPS: readonly Step[] = [
  {
    gives: "database",
    heading: "Attach a PostgreSQL database",
    lines: [
      "In the console of Deno Deploy, open <b>Databases</b> in your organization.",
      "Choose <b>Provision Database</b> and <b>Prisma Postgres</b> for a new one, or <b>Link Database</b> for your own.",
      "Beside the database choose <b>Assign</b>, and this app. Wait until its status is <b>Connected</b>.",
    ],
  },
  {
    gives: "secret",
    heading: "Say who may come in",
    lines: [
      "Make a secret: <code>openssl rand -base64 32</code>",
      "In the app's settings, under <b>Environment Variables</b>, add it as <code>AUTH_SECRET</code>, a secret, for " +
      "<b>Production</b> and <b>Development</b>. Keep a copy: it signs the tokens that you give to people.",
    ],
  },
];

/** The steps to a server that takes work, those that are done marked. */
export function noticePage(missing: readonly Missing[]): string {
  const steps = STEPS.map(({ gives, heading, lines }) => {
    const isDone = !missing.includes(gives);
    const items = isDone ? "<p>Done.</p>" : `<ul>${lines.map((line) => `<li>${line}</li>`).join("")}</ul>`;
    return `<li${isDone ? ' class="done"' : ""}><h2>${heading}</h2>${items}</li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Set up · Mailroom</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <h1>Mailroom is deployed, and needs ${missing.length === 1 ? "one more thing" : "two more things"}</h1>
      <p>Until then its API answers 503, and nothing is taken that could be lost.</p>
      <ol>
        ${steps.join("\n        ")}
        <li><h2>Deploy again</h2><p>Push a commit, or choose <b>Deploy Default Branch</b> among the builds. The tables are
          made before the new version is called. Then reload this page.</p></li>
      </ol>
      <p>The README of the repository says more, under “On Deno Deploy”.</p>
    </main>
  </body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { margin: 0; padding: 2rem 1rem; }
main { max-width: 42rem; margin: 0 auto; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0.25rem; }
ul { padding-left: 1.2rem; }
code { overflow-wrap: anywhere; }
.done { opacity: 0.75; }
`;
