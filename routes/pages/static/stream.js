/// <reference lib="dom" />
// @ts-check
import { address } from "./api.js";
import { askWho } from "./who.js";

/**
 * @typedef {import("./job.js").StreamEvent} StreamEvent
 * @typedef {"waiting" | "open" | "reconnecting"} StreamState
 *
 * @typedef {object} Listener
 * @property {(event: StreamEvent) => void} onEvent
 * @property {(state: StreamState) => void} onState
 * @property {() => void} onGap what was shown before may be missing events: read it anew
 */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Follows the tenant's events.
 *
 *   waiting ──open──► open ──lost──► reconnecting ──open──► open
 *
 * EventSource itself comes back with Last-Event-ID after the network or the server was gone, and misses nothing. It gives
 * up when it is answered anything but a stream (a 503 while the server stops), so then a new one takes its place and
 * goes on from the last number seen; where there is none yet, the listener is told of a gap.
 * @param {Listener} listener
 * @returns {void}
 */
export function followEvents({ onEvent, onState, onGap }) {
  /** @type {string | undefined} */
  let lastEventId;
  let waitMs = FIRST_WAIT_MS;

  const connect = () => {
    const resumed = lastEventId !== undefined;
    let isFirst = true;
    const source = new EventSource(address("/api/notifications/stream", { named: "false", lastEventId }));
    source.onopen = () => {
      waitMs = FIRST_WAIT_MS;
      onState("open");
      if (isFirst && !resumed) onGap();
      isFirst = false;
    };
    source.onmessage = (message) => {
      lastEventId = message.lastEventId;
      const event = { ...JSON.parse(message.data), number: message.lastEventId };
      if (event.type === "gap") onGap();
      onEvent(event);
    };
    source.onerror = () => {
      onState("reconnecting");
      if (source.readyState !== EventSource.CLOSED) return;
      // Why it was not answered with a stream it does not say; when one is signed out this leads to the sign-in page.
      setTimeout(() => askWho().then(connect), waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
  };

  onState("waiting");
  connect();
}
