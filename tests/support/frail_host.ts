import type { Host, HostEvents } from "../../runtime/host/contract.ts";

/** A host whose process can be killed by a test. */
export interface FrailHost extends Host {
  /** Ends what runs, as the death of a child process does, and goes on with a fresh one. `culprit`: of all that ran. */
  kill(how?: { culprit?: boolean }): void;
}

const REQUESTS_PER_LIFE = 1_000_000_000;

/** Wraps hosts made by `createHost`, one after another. */
export function createFrailHost(createHost: (events: HostEvents) => Host, events: HostEvents): FrailHost {
  const unsettled = new Set<number>();
  let lives = 0;
  const open = (): Host => {
    const firstRequest = ++lives * REQUESTS_PER_LIFE;
    return createHost({
      ...events,
      outcomes(outcomes) {
        for (const { turn, ending } of outcomes) if (ending.end !== "commit-point") unsettled.delete(turn);
        events.outcomes(outcomes);
      },
      requests: (requests) =>
        events.requests(requests.map((request) => ({ ...request, request: firstRequest + request.request }))),
    });
  };
  let host = open();
  return {
    get slots() {
      return host.slots;
    },
    start: () => host.start(),
    deliver(deliveries) {
      for (const { envelopes } of deliveries) for (const { turn } of envelopes) unsettled.add(turn);
      host.deliver(deliveries);
    },
    ask(questions) {
      for (const { turn } of questions) unsettled.add(turn);
      host.ask(questions);
    },
    cancel: (turn) => host.cancel(turn),
    answer(answers) {
      const ours = answers.filter(({ request }) => Math.floor(request / REQUESTS_PER_LIFE) === lives);
      host.answer(ours.map((answer) => ({ ...answer, request: answer.request % REQUESTS_PER_LIFE })));
    },
    stop: () => host.stop(),
    kill({ culprit = false } = {}) {
      void host.stop();
      host = open();
      const lost = [...unsettled].map((turn) => ({ turn, started: true, culprit, verdict: "child-lost" }) as const);
      unsettled.clear();
      if (lost.length > 0) events.lost(lost);
    },
  };
}
