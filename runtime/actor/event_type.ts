/** How types of events are spelt: what it is, and what became of it. */
export const EVENT_TYPE: RegExp = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;
