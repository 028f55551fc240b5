/// <reference lib="dom" />
// @ts-check

/**
 * @typedef {{ type: string, subject: string, at: string, data: unknown, number: string }} Heard
 * An event of the tenant's feed.
 */

const NAMES = { waiting: "Connecting…", open: "Live", reconnecting: "Reconnecting…", offline: "Not live" };
const AGAIN_MS = 5_000;

/**
 * Follows the tenant's feed: `changed` is told that there is something new for this page, `hear` of each event.
 * @param {{ changed: () => void, hear: ((event: Heard) => void) | null }} readers
 */
export function followEvents({ changed, hear }) {
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  const topics = (main.dataset["topics"] ?? "").split(",").filter((topic) => topic !== "");
  const query = new URLSearchParams({ named: "false", tenant: document.documentElement.dataset["tenant"] ?? "" });
  if (hear === null && topics.length > 0) query.set("topics", topics.join(","));
  /** What the page was made before, so that nothing is missed between. */
  let last = document.getElementById("feed")?.dataset["after"] ?? document.documentElement.dataset["after"];

  const open = () => {
    if (last !== undefined) query.set("lastEventId", last);
    const source = new EventSource(`/api/notifications/stream?${query}`);
    source.onopen = () => show("open");
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId;
      const event = JSON.parse(data);
      hear?.({ ...event, number: lastEventId });
      const { subject } = main.dataset;
      if (topics.length > 0 && (subject === undefined || subject === event.subject || event.type === "gap")) changed();
    };
    source.onerror = () => {
      show(source.readyState === EventSource.CLOSED ? "offline" : "reconnecting");
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused: the page asks for itself, and is led to sign in where that is why.
      changed();
      setTimeout(open, AGAIN_MS);
    };
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  open();
  // A page that the browser kept and shows again has no stream any more.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    open();
    changed();
  });
}

/** @param {keyof typeof NAMES} state */
function show(state) {
  /** @type {HTMLElement} */ (document.getElementById("live-state")).dataset["state"] = state;
  const text = /** @type {HTMLElement} */ (document.getElementById("live-text"));
  if (text.textContent !== NAMES[state]) text.textContent = NAMES[state];
}
