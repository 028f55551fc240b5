import type { Question } from "../actor/outcome.ts";
import type { Host, HostEvents } from "./contract.ts";

/**
 * A host for a node that runs no turns but answers questions: there is none until the first is asked, and what is asked
 * until it has started waits.
 *
 *   idle ──ask()──► starting ──► started      any ──stop()──► stopped
 *
 * One that cannot start loses what was asked, and the next question tries again.
 */
export function createLazyHost(createHost: (events: HostEvents) => Host, events: HostEvents): Host {
  let host: Host | null = null;
  let started = false;
  let stopped = false;
  let waiting: Question[] = [];

  const lose = (questions: readonly Question[]) =>
    events.lost(questions.map(({ turn }) => ({ turn, started: false, culprit: false, verdict: "child-lost" })));
  const begin = (): void => {
    const begun = host = createHost(events);
    begun.start().then(() => {
      started = true;
      if (!stopped) begun.ask(waiting.splice(0));
    }, () => {
      host = null;
      if (!stopped) lose(waiting.splice(0));
    });
  };
  return {
    slots: 0,
    start: () => Promise.resolve(),
    deliver(deliveries) {
      const turns = deliveries.flatMap(({ envelopes }) => envelopes.map(({ turn }) => turn));
      events.lost(turns.map((turn) => ({ turn, started: false, culprit: false, verdict: "retired" })));
    },
    ask(questions) {
      if (stopped) return;
      if (started) return host!.ask(questions);
      waiting.push(...questions);
      if (host === null) begin();
    },
    cancel: (turn) => host?.cancel(turn),
    answer: (answers) => host?.answer(answers),
    async stop() {
      stopped = true;
      waiting = [];
      await host?.stop();
    },
  };
}
