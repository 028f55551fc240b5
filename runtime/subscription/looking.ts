import type { Clock } from "../core/clock.ts";
import type { StoredEvent } from "../store/contract.ts";
import type { Follower, Followers } from "./followers.ts";
import type { SubscriptionPorts } from "./ports.ts";
import type { Sending } from "./sending.ts";

/** Events that are read at once. */
const PAGE_EVENTS = 512;

/**
 * Does for a tenant's subscriptions what can be done now; answers in how many ms there may be more of what is held back, or
 * null.
 * @throws {RuntimeError} the storage's trouble: nothing is passed over, call it again
 */
export type LookForEvents = (of: Followers) => Promise<number | null>;

/**
 * Reads on from the subscription that is furthest behind, and sends of each page what every one of them wants that is not
 * beyond it: one read for all, as long as they are about as far.
 */
export function createLooking(
  { ports: { log }, clock, sending, mayGoOn }: {
    readonly ports: Pick<SubscriptionPorts, "log">;
    readonly clock: Clock;
    readonly sending: Sending;
    /** Asked before each page. */
    readonly mayGoOn: () => boolean;
  },
): LookForEvents {
  const freeOf = ({ all }: Followers, at: number): Follower[] =>
    [...all.values()].filter(({ heldUntil }) => heldUntil <= at);
  const each = async (followers: readonly Follower[], work: (follower: Follower) => Promise<void>): Promise<void> => {
    await Promise.all(followers.map(work));
  };
  /** Steps over what retention has removed; false when it has not removed anything that they wait for. */
  const skipGone = async (of: Followers, free: readonly Follower[]): Promise<boolean> => {
    const { trimmedTo } = await log.logMark(of.tenant);
    const behind = free.filter(({ position }) => position < trimmedTo);
    await each(behind, (follower) => sending.skip(of, follower, trimmedTo));
    return behind.length > 0;
  };
  const isHole = (page: readonly StoredEvent[], after: number) => page.length > 0 && page[0]!.number !== after + 1;

  return async (of) => {
    let lookedAt = clock.monotonic();
    while (mayGoOn()) {
      await each(freeOf(of, clock.monotonic()), (follower) => sending.pass(of, follower, of.passed(follower.position)));
      lookedAt = clock.monotonic();
      const free = freeOf(of, lookedAt);
      if (free.length === 0) break;
      const after = Math.min(...free.map(({ position }) => position));
      const page = await log.events(of.tenant, { after, limit: PAGE_EVENTS });
      if ((page.length === 0 || isHole(page, after)) && await skipGone(of, free)) continue;
      if (page.length === 0 || isHole(page, after)) break;
      const end = page.at(-1)!.number;
      await each(free.filter(({ position }) => position < end), (follower) => sending.send(of, follower, page));
    }
    // Whose time came while the last page was read has not been looked at.
    const held = [...of.all.values()].map(({ heldUntil }) => heldUntil).filter((until) => until > lookedAt);
    return held.length === 0 ? null : Math.max(0, Math.min(...held) - clock.monotonic());
  };
}
