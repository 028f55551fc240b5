import assert from "node:assert/strict";
import type { Delivery, Ending, Outcome, TurnRequest } from "../../runtime/actor/outcome.ts";
import type { Host, HostEvents, HostNotice, LostTurn } from "../../runtime/host/contract.ts";
import { type Heard, HostRecorder } from "./host_recorder.ts";

export type CreateHost = (events: HostEvents) => Host;

/** A message for a delivery: name, payload and, where it matters, its deadline and that of its attempt. */
export type Mail = readonly [name: string, payload: unknown, timeoutMs?: number, attemptMs?: number];

export interface To {
  /** `counter` unless given. */
  readonly kind?: string;
  readonly key: string;
  readonly state?: unknown;
}

/** How a turn ended, whichever way. */
export type Ended =
  | { readonly by: "outcome"; readonly outcome: Outcome }
  | { readonly by: "loss"; readonly lost: LostTurn };

/** A started host, numbered mail for it, and what it told. Stops it in the end and checks that no turn ended twice. */
export class HostRig implements AsyncDisposable {
  readonly host: Host;
  readonly recorder: HostRecorder = new HostRecorder();
  readonly #taken = new Set<number>();
  readonly #turnsBefore: number;
  #turns: number;

  /** @param turnsBefore the host has been told of */
  constructor(createHost: CreateHost, turnsBefore = 0) {
    this.#turns = this.#turnsBefore = turnsBefore;
    this.host = createHost(this.recorder.events);
  }

  static async start(createHost: CreateHost): Promise<HostRig> {
    const rig = new HostRig(createHost);
    await rig.host.start();
    return rig;
  }

  /** The number of the last. */
  get turns(): number {
    return this.#turns;
  }

  /** Resolves when no turn is open any more. */
  async allEnded(): Promise<void> {
    for (let turn = this.#turnsBefore + 1; turn <= this.#turns; turn++) await this.ended(turn);
  }

  delivery({ kind = "counter", key, state }: To, mail: readonly Mail[]): Delivery {
    return {
      tenant: "acme",
      kind,
      key,
      state: state === undefined ? null : JSON.stringify(state),
      stateVersion: 1,
      envelopes: mail.map(([name, payload, timeoutMs = 30_000, attemptMs = 0]) => {
        const turn = ++this.#turns;
        const attempt = { by: "test", attempt: 1, timeoutMs, attemptMs };
        return { turn, messageId: `message-${turn}`, name, version: 1, payload: JSON.stringify(payload), ...attempt };
      }),
    };
  }

  /** @returns the numbers of the turns */
  deliver(to: To, ...mail: readonly Mail[]): number[] {
    const delivery = this.delivery(to, mail);
    this.host.deliver([delivery]);
    return delivery.envelopes.map(({ turn }) => turn);
  }

  /** Delivers one message. */
  tell(to: To, ...mail: Mail): number {
    return this.deliver(to, mail)[0]!;
  }

  ask({ kind = "counter", key, state }: To, query: string, timeoutMs = 30_000): number {
    const turn = ++this.#turns;
    const stateText = state === undefined ? null : JSON.stringify(state);
    const address = { tenant: "acme", kind, key };
    this.host.ask([{ ...address, turn, state: stateText, stateVersion: 1, query, args: "null", timeoutMs }]);
    return turn;
  }

  ended(turn: number): Promise<Ended> {
    return this.recorder.first(`The end of turn ${turn}`, (heard) => endOf(heard, turn));
  }

  /** The ending of a turn that must not be lost. */
  async ending(turn: number): Promise<Ending> {
    return (await this.outcome(turn)).ending;
  }

  async outcome(turn: number): Promise<Outcome> {
    const ended = await this.ended(turn);
    assert.equal(ended.by, "outcome", `turn ${turn} was lost`);
    return (ended as Extract<Ended, { by: "outcome" }>).outcome;
  }

  async result(turn: number): Promise<unknown> {
    const ending = await this.ending(turn);
    assert.equal(ending.end, "done", JSON.stringify(ending));
    return JSON.parse((ending as Extract<Ending, { end: "done" }>).result);
  }

  async failure(turn: number): Promise<Extract<Ending, { end: "failed" }>> {
    const ending = await this.ending(turn);
    assert.equal(ending.end, "failed", JSON.stringify(ending));
    return ending as Extract<Ending, { end: "failed" }>;
  }

  async loss(turn: number): Promise<LostTurn> {
    const ended = await this.ended(turn);
    assert.equal(ended.by, "loss", JSON.stringify(ended));
    return (ended as Extract<Ended, { by: "loss" }>).lost;
  }

  /** The next request of a turn that was not taken yet. */
  async request(turn: number): Promise<TurnRequest> {
    const request = await this.recorder.first(`A request of turn ${turn}`, (heard) => {
      const isNext = heard.heard === "request" && heard.request.turn === turn &&
        !this.#taken.has(heard.request.request);
      return isNext ? heard.request : undefined;
    });
    this.#taken.add(request.request);
    return request;
  }

  answer({ request }: TurnRequest, value: unknown): void {
    this.host.answer([{ request, value: JSON.stringify(value) }]);
  }

  /** Answers the next request of the turn: a gate opens. */
  async open(turn: number): Promise<void> {
    this.answer(await this.request(turn), "opened");
  }

  notice<N extends HostNotice["notice"]>(
    name: N,
    fits: (notice: Extract<HostNotice, { notice: N }>) => boolean = () => true,
  ): Promise<Extract<HostNotice, { notice: N }>> {
    return this.recorder.first(`The notice ${name}`, (heard) => {
      if (heard.heard !== "notice" || heard.notice.notice !== name) return undefined;
      const notice = heard.notice as Extract<HostNotice, { notice: N }>;
      return fits(notice) ? notice : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
    for (let turn = this.#turnsBefore + 1; turn <= this.#turns; turn++) {
      const ends = this.recorder.log.filter((heard) => endOf(heard, turn) !== undefined);
      assert.ok(ends.length <= 1, `turn ${turn} ended ${ends.length} times: ${JSON.stringify(ends)}`);
    }
  }
}

function endOf(heard: Heard, turn: number): Ended | undefined {
  if (heard.heard === "lost" && heard.lost.turn === turn) return { by: "loss", lost: heard.lost };
  if (heard.heard !== "outcome" || heard.outcome.turn !== turn) return undefined;
  return heard.outcome.ending.end === "commit-point" ? undefined : { by: "outcome", outcome: heard.outcome };
}
