import { checkAddress, formatAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { PausedKind, SharedStore, StoreEntry, StoreReads } from "../store/contract.ts";
import type { Control } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";
import { told } from "./supervising.ts";

export interface Controlling extends Control {
  /** Finds what an earlier life was told; before anything is delivered. */
  start(): Promise<void>;
  /** Finds what other nodes were told. */
  refresh(): Promise<void>;
}

/** Control rows: written before the commands that wait, and obeyed by the dispatcher as soon as they are durable. */
export function createControl(
  { registry, read, shared, dispatcher, held, diagnostics, commit, now }: {
    registry: Registry;
    read: StoreReads;
    /** Of a store that other nodes share: they are told to look. */
    shared: Pick<SharedStore, "hint"> | undefined;
    dispatcher: Dispatcher;
    /** Tenants whose turns nobody starts. */
    held: ReadonlySet<string>;
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
  /** Of each refresh that is under way, what was switched here meanwhile: what it reads of that may be older. */
  const refreshes = new Set<Set<string>>();
  const switched = (name: string) => {
    for (const meanwhile of refreshes) meanwhile.add(name);
    shared?.hint({ control: true });
  };
  const refresh = async (): Promise<void> => {
    const meanwhile = new Set<string>();
    refreshes.add(meanwhile);
    try {
      const found = new Map((await read.pausedKinds()).map((kind) => [`${kind.tenant}/${kind.kind}`, kind]));
      for (const [name, kind] of found) {
        if (meanwhile.has(name) || paused.has(name)) continue;
        paused.set(name, kind);
        dispatcher.pause(kind);
      }
      for (const [name, kind] of paused) {
        if (meanwhile.has(name) || found.has(name)) continue;
        paused.delete(name);
        dispatcher.resume(kind);
      }
    } finally {
      refreshes.delete(meanwhile);
    }
  };
  /** What is known here of a store that others share may be a second old: too old to say that there is nothing to do. */
  const isPausedNow = async (name: string): Promise<boolean> => {
    if (shared !== undefined) await refresh();
    return paused.has(name);
  };
  const isPaused = (tenant: string, kind: string) => paused.size > 0 && paused.has(`${tenant}/${kind}`);
  return {
    start: refresh,
    refresh,
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
        if (await isPausedNow(`${tenant}/${kind}`)) return;
        const at = now();
        const events = [ofKind("kind.paused", kind, by)];
        await commit({ tenant, at, writes: [{ write: "pause", kind, by }], rows, events });
        switched(`${tenant}/${kind}`);
        paused.set(`${tenant}/${kind}`, { tenant, kind, by, at });
        dispatcher.pause({ tenant, kind });
        diagnostics.tell({ event: "kind.paused", tenant, kind, by });
      }),
    resumeKind: (tenant, kind, { by, rows } = OWN_DEED) =>
      inTurn(`${tenant}/${kind}`, async () => {
        registry.kind(kind);
        if (!await isPausedNow(`${tenant}/${kind}`)) return;
        const events = [ofKind("kind.resumed", kind, by)];
        await commit({ tenant, at: now(), writes: [{ write: "unpause", kind }], rows, events });
        switched(`${tenant}/${kind}`);
        paused.delete(`${tenant}/${kind}`);
        dispatcher.resume({ tenant, kind });
        diagnostics.tell({ event: "kind.resumed", tenant, kind, by });
      }),
    isPaused,
    isHeld: (tenant, kind) => held.has(tenant) || isPaused(tenant, kind),
    pausedKinds: (tenant) => [...paused.values()].filter((kind) => kind.tenant === tenant),
  };
}

function ofKind(type: string, kind: string, by: string) {
  return { type, subject: `kind/${kind}`, data: JSON.stringify({ kind, by }) };
}

function notParked(name: string): RuntimeError {
  return new RuntimeError("conflict", `${name} is not parked: only a parked actor can be resumed`);
}
