import { checkAddress, formatAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { PausedKind, StoreEntry, StoreReads } from "../store/contract.ts";
import type { Control } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";
import { told } from "./supervising.ts";

export interface Controlling extends Control {
  /** Finds what an earlier life was told; before anything is delivered. */
  start(): Promise<void>;
}

/** Control rows: written before the commands that wait, and obeyed by the dispatcher as soon as they are durable. */
export function createControl(
  { registry, read, dispatcher, diagnostics, commit, now }: {
    registry: Registry;
    read: StoreReads;
    dispatcher: Dispatcher;
    diagnostics: Diagnostics;
    /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
    commit: (entry: StoreEntry) => Promise<void>;
    now: () => number;
  },
): Controlling {
  const paused = new Map<string, PausedKind>();
  const switching = new Map<string, Promise<void>>();
  /** Of several who want the same at once one changes something. */
  const inTurn = (name: string, act: () => Promise<void>): Promise<void> => {
    const done = (switching.get(name) ?? Promise.resolve()).then(act);
    const over = done.catch(() => {}).finally(() => {
      if (switching.get(name) === over) switching.delete(name);
    });
    switching.set(name, over);
    return done;
  };
  return {
    async start() {
      for (const kind of await read.pausedKinds()) {
        paused.set(`${kind.tenant}/${kind.kind}`, kind);
        dispatcher.pause(kind);
      }
    },
    actors: (page) => read.actors(page),
    async resume(address, { by, rows } = OWN_DEED) {
      checkAddress(address);
      registry.kind(address.kind);
      const { tenant, kind, key } = address;
      const supervised = await read.supervised(address);
      if (supervised === null || supervised.parked === null) throw notParked(formatAddress(address));
      await commit({
        tenant,
        at: now(),
        writes: [{ write: "unpark", address: { tenant, kind, key } }],
        rows,
        events: [told("actor.resumed", address, { by })],
      });
      diagnostics.tell({ event: "actor.resumed", tenant, kind, key, by });
    },
    pauseKind: (tenant, kind, { by, rows } = OWN_DEED) =>
      inTurn(`${tenant}/${kind}`, async () => {
        registry.kind(kind);
        if (paused.has(`${tenant}/${kind}`)) return;
        const at = now();
        const events = [ofKind("kind.paused", kind, by)];
        await commit({ tenant, at, writes: [{ write: "pause", kind, by }], rows, events });
        paused.set(`${tenant}/${kind}`, { tenant, kind, by, at });
        dispatcher.pause({ tenant, kind });
        diagnostics.tell({ event: "kind.paused", tenant, kind, by });
      }),
    resumeKind: (tenant, kind, { by, rows } = OWN_DEED) =>
      inTurn(`${tenant}/${kind}`, async () => {
        registry.kind(kind);
        if (!paused.has(`${tenant}/${kind}`)) return;
        const events = [ofKind("kind.resumed", kind, by)];
        await commit({ tenant, at: now(), writes: [{ write: "unpause", kind }], rows, events });
        paused.delete(`${tenant}/${kind}`);
        dispatcher.resume({ tenant, kind });
        diagnostics.tell({ event: "kind.resumed", tenant, kind, by });
      }),
    isPaused: (tenant, kind) => paused.size > 0 && paused.has(`${tenant}/${kind}`),
    pausedKinds: (tenant) => [...paused.values()].filter((kind) => kind.tenant === tenant),
  };
}

function ofKind(type: string, kind: string, by: string) {
  return { type, subject: `kind/${kind}`, data: JSON.stringify({ kind, by }) };
}

function notParked(name: string): RuntimeError {
  return new RuntimeError("conflict", `${name} is not parked: only a parked actor can be resumed`);
}
