import { formatAddress } from "../../runtime/actor/address.ts";
import type { EventDraft } from "../../runtime/actor/journal.ts";
import type { Registry } from "../../runtime/actor/registry.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { ActorSight, DeadLetter, PausedKind } from "../../runtime/store/contract.ts";
import type { Control, DeadLetters } from "../../runtime/system/contract.ts";
import { OWN_DEED } from "../../runtime/system/deed.ts";

/** Control and dead letters in memory, with the events that the real ones tell. */
export interface ControlSimulator {
  readonly control: Control;
  readonly deadLetters: DeadLetters;
  /** Makes the actor known to `control.actors`; one that is parked can be resumed. */
  show(tenant: string, sight: ActorSight): void;
  bury(letter: DeadLetter): void;
}

export function simulateControl(
  { clock, registry, emit, createId }: {
    clock: Clock;
    registry: Registry;
    emit: (tenant: string, events: readonly EventDraft[]) => void;
    createId: () => string;
  },
): ControlSimulator {
  const sights = new Map<string, { tenant: string; sight: ActorSight }>();
  const letters = new Map<string, DeadLetter>();
  let paused: readonly PausedKind[] = [];
  const tell = (tenant: string, type: string, subject: string, data: object) =>
    emit(tenant, [{ type, subject, data: JSON.stringify(data) }]);
  const take = (tenant: string, id: string): DeadLetter => {
    const letter = letters.get(id);
    if (letter?.tenant !== tenant) throw new RuntimeError("not-found", `${id} is no dead letter`);
    letters.delete(id);
    return letter;
  };
  return {
    show: (tenant, sight) => void sights.set(formatAddress({ tenant, ...sight }), { tenant, sight }),
    bury(letter) {
      letters.set(letter.id, letter);
      const { id, tenant, kind, key, name, attempts, error: { code } } = letter;
      tell(tenant, "message.dead-lettered", `${kind}/${key}`, {
        id,
        kind,
        key,
        name,
        code,
        verdict: "threw",
        attempts,
      });
    },
    control: {
      actors({ tenant, kind, status, after, limit }) {
        const name = ({ kind, key }: { kind: string; key: string }) => `${kind}/${key}`;
        const mine = [...sights.values()].filter((one) => one.tenant === tenant).map(({ sight }) => sight)
          .filter((sight) => (kind ?? sight.kind) === sight.kind && (status ?? sight.status) === sight.status)
          .filter((sight) => after === undefined || name(sight) > name(after))
          .sort((a, b) => name(a) < name(b) ? -1 : 1);
        return Promise.resolve(mine.slice(0, limit));
      },
      async resume(address, { by } = OWN_DEED) {
        await Promise.resolve();
        const found = sights.get(formatAddress(address));
        if (found?.sight.status !== "parked") throw new RuntimeError("conflict", "The actor is not parked");
        const { tenant, kind, key } = address;
        sights.set(formatAddress(address), { tenant, sight: { ...found.sight, status: "waiting", parked: null } });
        tell(tenant, "actor.resumed", `${kind}/${key}`, { kind, key, by });
      },
      async pauseKind(tenant, kind, { by } = OWN_DEED) {
        await Promise.resolve(registry.kind(kind));
        if (paused.some((one) => one.tenant === tenant && one.kind === kind)) return;
        paused = [...paused, { tenant, kind, by, at: clock.now() }];
        tell(tenant, "kind.paused", `kind/${kind}`, { kind, by });
      },
      async resumeKind(tenant, kind, { by } = OWN_DEED) {
        await Promise.resolve(registry.kind(kind));
        const left = paused.filter((one) => one.tenant !== tenant || one.kind !== kind);
        if (left.length < paused.length) tell(tenant, "kind.resumed", `kind/${kind}`, { kind, by });
        paused = left;
      },
      isPaused: (tenant, kind) => paused.some((one) => one.tenant === tenant && one.kind === kind),
      isHeld: (tenant, kind) => paused.some((one) => one.tenant === tenant && one.kind === kind),
      pausedKinds: (tenant) => paused.filter((one) => one.tenant === tenant),
    },
    deadLetters: {
      page({ tenant, kind, before, limit }) {
        const mine = [...letters.values()].filter((letter) => letter.tenant === tenant)
          .filter((letter) => (kind ?? letter.kind) === letter.kind)
          .filter(({ diedAt, id }) =>
            before === undefined || diedAt < before.diedAt || (diedAt === before.diedAt && id < before.id)
          )
          .sort((a, b) => b.diedAt - a.diedAt || (a.id < b.id ? 1 : -1));
        return Promise.resolve(mine.slice(0, limit));
      },
      get(tenant, id) {
        const letter = letters.get(id);
        return Promise.resolve(letter?.tenant === tenant ? letter : null);
      },
      async retry(tenant, id, { by } = OWN_DEED) {
        await Promise.resolve(take(tenant, id));
        tell(tenant, "dead-letter.retried", `dead-letter/${id}`, { id, by });
        return { messageId: createId() };
      },
      async discard(tenant, id, { by } = OWN_DEED) {
        await Promise.resolve(take(tenant, id));
        tell(tenant, "dead-letter.discarded", `dead-letter/${id}`, { id, by });
      },
    },
  };
}
