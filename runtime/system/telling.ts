import type { EventDraft } from "../actor/journal.ts";
import { deserializeError, RuntimeError } from "../core/errors.ts";
import type { StoreEntry } from "../store/contract.ts";
import { begunFor, begunWith } from "./batch_writes.ts";
import type { TenantStatus } from "../tenant/contract.ts";
import type { AppendWrite, Commands } from "./commands.ts";
import type { Commits } from "./commits.ts";
import type { Command, Deed, Idempotency, SpawnedBatch, Told } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";

/** Of all the commands of a call. */
export interface Submitting {
  readonly deed?: Deed | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** Begins with them. */
  readonly batch?: { readonly id: string; readonly name: string } | undefined;
  /** Others that begin with them, whose children these are not. */
  readonly spawned?: readonly SpawnedBatch[] | undefined;
  /** Committed with them. */
  readonly events?: readonly EventDraft[] | undefined;
}

export type Telling = (all: readonly Command[], how: Submitting) => Promise<readonly Told[]>;

const IDEMPOTENCY_MS = 24 * 60 * 60 * 1_000;

/** Takes commands in: all of a call in one commit, answered when that is on disk. */
export function createTelling(
  { commands, commits, now, pendingLimit, statusOf = () => "active" }: {
    commands: Commands;
    commits: Commits;
    now: () => number;
    pendingLimit: number;
    /** By default nobody is anything but active. */
    statusOf?: (tenant: string) => TenantStatus;
  },
): Telling {
  /** On their way to the store, so not yet counted there. */
  const underWay = new Map<string, number>();
  const mustHaveRoom = (tenant: string, more: number) => {
    const waiting = commits.pendingOf(tenant) + (underWay.get(tenant) ?? 0);
    if (waiting + more <= pendingLimit) return;
    const message =
      `${tenant} has ${waiting} unhandled messages of at most ${pendingLimit}: send more when some are done`;
    throw new RuntimeError("mailbox-full", message, { retryable: true });
  };
  const count = (tenant: string, by: number) => {
    const left = (underWay.get(tenant) ?? 0) + by;
    if (left === 0) underWay.delete(tenant);
    else underWay.set(tenant, left);
  };
  return async (all, { deed: { by, rows } = OWN_DEED, idempotency, batch, spawned = [], events = [] }) => {
    if (all.length + spawned.length === 0) return [];
    const at = now();
    const counted = batch === undefined ? {} : { batch: { id: batch.id } };
    const sent = all.map((command) => commands.fromOutside({ ...command, ...counted }, { by, now: at }));
    const writes = [...sent, ...spawned.flatMap((one) => commands.childrenOf(one, at))];
    const { tenant } = writes[0]!.message;
    if (writes.some(({ message }) => message.tenant !== tenant)) {
      throw new RuntimeError("invalid-message", "Commands of one call must go to one tenant");
    }
    if (statusOf(tenant) === "deleting") {
      throw new RuntimeError("tenant-suspended", `The tenant ${tenant} is being deleted: it takes no messages`);
    }
    mustHaveRoom(tenant, all.length + spawned.length);
    const claim = idempotency === undefined ? {} : { claim: { ...idempotency, until: at + IDEMPOTENCY_MS } };
    const begun = [
      ...batch === undefined ? [] : [begunWith({ ...batch, by, at })],
      ...spawned.map((one) => begunFor(one, { by, at })),
    ];
    const entry: StoreEntry = { tenant, at, writes: [...begun, ...writes], rows, events, ...claim };
    count(tenant, writes.length);
    const result = await commits.append(entry).finally(() => count(tenant, -writes.length));
    switch (result.status) {
      case "refused":
        throw deserializeError(result.error);
      case "answered":
        return all.map(() => answered(result, idempotency!));
      case "committed":
        return sent.map((write, index) => told(result.appended[index]!, write));
    }
  };
}

function answered({ answer, print }: { answer: string; print: string }, idempotency: Idempotency): Told {
  if (print === idempotency.print) return { accepted: false, by: "idempotency", answer };
  throw new RuntimeError(
    "key-reused",
    `The Idempotency-Key ${JSON.stringify(idempotency.key)} was used for another request: use a new key`,
  );
}

function told(place: { slot: string; key?: string }, { message }: AppendWrite): Told {
  if (place.slot === "held") return { accepted: false, by: "dedupe", key: place.key! };
  return { accepted: true, messageId: message.id };
}
