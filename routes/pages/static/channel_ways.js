/// <reference lib="dom" />
// @ts-check
import { address } from "./api.js";

/**
 * @typedef {{ readonly id: number, readonly type: string, readonly subject: string, readonly at: string }} ToldEvent
 *
 * @typedef {object} Hearer What a connection tells.
 * @property {() => void} onOpen
 * @property {(events: readonly ToldEvent[]) => void} onEvents
 * @property {(id: number) => void} onPlace where to resume
 * @property {() => void} onGap
 * @property {() => void} onLost
 *
 * @typedef {object} Asked
 * @property {string | undefined} topics
 * @property {number | undefined} after undefined: from now on
 *
 * @typedef {object} Way
 * @property {string} name
 * @property {(asked: Asked) => string} address
 * @property {(asked: Asked, hearer: Hearer) => () => void} open answers how to close it; one that is lost is not opened again
 */

/** @param {string} path @param {Asked} asked */
const query = (path, { topics, after }) => address(path, { topics, lastEventId: after });

/** The ways of following the feed, by the last part of this page's path. @type {Readonly<Record<string, Way>>} */
export const WAYS = {
  sse: {
    name: "Event stream",
    address: (asked) => query("/api/notifications/stream", asked),
    open(asked, { onOpen, onEvents, onPlace, onGap, onLost }) {
      const source = new EventSource(`${this.address(asked)}&named=false`);
      source.onopen = onOpen;
      source.onmessage = ({ data, lastEventId }) => {
        const event = JSON.parse(data);
        const id = Number(lastEventId);
        if (event.type === "gap") onGap();
        else onEvents([{ ...event, id }]);
        onPlace(id);
      };
      source.onerror = () => {
        source.close();
        onLost();
      };
      return () => source.close();
    },
  },
  ws: {
    name: "WebSocket",
    address: (asked) => query("/api/notifications/ws", asked),
    open(asked, { onOpen, onEvents, onPlace, onGap, onLost }) {
      const socket = new WebSocket(new URL(this.address(asked), location.href.replace(/^http/, "ws")));
      let isOver = false;
      socket.onopen = onOpen;
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "events") onEvents(message.events);
        if (message.type === "gap") onGap();
        if (message.id !== undefined) onPlace(message.id);
      };
      socket.onclose = () => {
        if (!isOver) onLost();
      };
      return () => {
        isOver = true;
        socket.close();
      };
    },
  },
};
