/**
 * What one step asks of the mailboxes; `pick` names one of the messages that were ever added. `boldly`: the sender says
 * that the mailbox is empty, where that is so. `because`: the key of an actor.
 */
export type Step =
  | {
    readonly step: "append";
    readonly key: string;
    readonly dueIn: number;
    readonly priority: number;
    readonly boldly: boolean;
  }
  | { readonly step: "remove" | "bury" | "mark"; readonly pick: number }
  | { readonly step: "park"; readonly key: string; readonly because: string | null }
  | { readonly step: "unpark"; readonly key: string }
  | { readonly step: "postpone"; readonly pick: number; readonly readyIn: number }
  | { readonly step: "wake"; readonly limit: number };

export interface ModelMessage {
  /** Its number among all that were ever added. */
  readonly number: number;
  readonly key: string;
  readonly priority: number;
  readonly dueAt: number;
  readyAt: number;
  slot: "behind" | "ready" | "waiting" | "parked";
}

/** What the store has to answer for one entry; null when it has to refuse it. */
export type ModelAnswer = {
  readonly appended: string[];
  readonly ready: number[];
  nextDueAt: number | null;
} | null;

type StepOf<N extends Step["step"]> = Extract<Step, { readonly step: N }>;

/** What an entry has done so far. */
interface Progress {
  readonly at: number;
  /** Messages with smaller numbers can be named: the others are not known to anybody yet. */
  readonly known: number;
  readonly answer: NonNullable<ModelAnswer>;
  readonly touched: string[];
  /** Promoted by what left before them, and to be told of unless they leave or change as well. */
  readonly promoted: ModelMessage[];
  readonly announced: Set<number>;
  /** Of its appends: whether they may be called fresh. */
  readonly fresh: boolean[];
}

/** The mailboxes of one lane, kept the slow and obvious way: after every step the first of each is made its head. */
export class MailboxModel {
  messages: ModelMessage[] = [];
  /** Keys of the actors that are parked, each with that of the one because of which. */
  parked = new Map<string, string | null>();
  /** Of the appends of each entry that was applied last: whether the mailbox was empty and its sender bold. */
  fresh: boolean[][] = [];
  #added = 0;

  /** Applies entries in order; one with a step that finds nothing to change leaves nothing behind. */
  applyBatch(entries: readonly (readonly Step[])[], at: number): ModelAnswer[] {
    const known = this.#added;
    let announced = new Set<number>();
    const lastTouch = new Map<string, NonNullable<ModelAnswer>>();
    this.fresh = [];
    const answers = entries.map((steps): ModelAnswer => {
      const before = { messages: structuredClone(this.messages), parked: new Map(this.parked), added: this.#added };
      const answer: ModelAnswer = { appended: [], ready: [], nextDueAt: null };
      const progress: Progress = {
        at,
        known,
        answer,
        touched: [],
        promoted: [],
        announced: new Set(announced),
        fresh: [],
      };
      this.fresh.push(progress.fresh);
      if (!steps.every((step) => this.#apply(step, progress)) || !this.#tellPromoted(progress)) {
        this.messages = before.messages;
        this.parked = before.parked;
        this.#added = before.added;
        return null;
      }
      announced = progress.announced;
      for (const key of progress.touched) lastTouch.set(key, answer);
      return answer;
    });
    for (const [key, answer] of lastTouch) {
      const [head] = this.mailbox(key);
      if (head?.slot !== "ready" || announced.has(head.number)) continue;
      answer.ready.push(head.number);
    }
    return answers;
  }

  mailbox(key: string): ModelMessage[] {
    return this.messages.filter((message) => message.key === key).sort(byPlace);
  }

  readyHeads(): number[] {
    return this.messages.filter(({ slot }) => slot === "ready")
      .sort((a, b) => b.priority - a.priority || a.readyAt - b.readyAt || a.number - b.number)
      .map(({ number }) => number);
  }

  nextDueAt(): number | null {
    const waiting = this.messages.filter(({ slot }) => slot === "waiting").map(({ readyAt }) => readyAt);
    return waiting.length === 0 ? null : Math.min(...waiting);
  }

  #apply(step: Step, progress: Progress): boolean {
    if (!["remove", "bury", "mark"].includes(step.step)) this.#tellPromoted(progress);
    switch (step.step) {
      case "append":
        return this.#append(step, progress);
      case "wake":
        return this.#wake(progress);
      case "postpone":
        return this.#postpone(step, progress);
      case "mark":
        return this.#find(step.pick, progress.known) !== undefined;
      case "park":
        return this.#park(step, progress);
      case "unpark":
        return this.#unpark(step, progress);
      default:
        return this.#take(step.pick, progress);
    }
  }

  #append({ key, priority, dueIn, boldly }: StepOf<"append">, { at, answer, announced, fresh }: Progress): boolean {
    const dueAt = at + dueIn;
    fresh.push(boldly && this.mailbox(key).length === 0);
    const added: ModelMessage = { number: this.#added++, key, priority, dueAt, readyAt: dueAt, slot: "behind" };
    this.messages.push(added);
    this.#settleHead(key, at);
    if (added.slot === "ready") announced.add(added.number);
    if (added.slot === "waiting") note(answer, added.readyAt);
    answer.appended.push(added.slot);
    return true;
  }

  #wake({ at, answer, touched }: Progress): boolean {
    for (const message of this.messages.filter(({ slot, readyAt }) => slot === "waiting" && readyAt <= at)) {
      message.slot = "ready";
      touched.push(message.key);
    }
    note(answer, this.nextDueAt());
    return true;
  }

  #postpone({ pick, readyIn }: StepOf<"postpone">, { at, known, answer, touched }: Progress): boolean {
    const message = this.#find(pick, known);
    if (message === undefined) return false;
    touched.push(message.key);
    message.readyAt = at + readyIn;
    if (message.slot !== "behind") message.slot = this.#headSlot(message, at);
    if (message.slot === "waiting") note(answer, message.readyAt);
    return true;
  }

  /** Those that left again are not told of. */
  #tellPromoted({ answer, promoted }: Progress): boolean {
    for (const message of promoted.splice(0)) {
      if (message.slot === "waiting" && this.messages.includes(message)) note(answer, message.readyAt);
    }
    return true;
  }

  #take(pick: number, { at, known, touched, promoted }: Progress): boolean {
    const message = this.#find(pick, known);
    if (message === undefined) return false;
    touched.push(message.key);
    this.messages = this.messages.filter((other) => other !== message);
    const next = this.#settleHead(message.key, at);
    if (next !== undefined) promoted.push(next);
    return true;
  }

  #park({ key, because }: StepOf<"park">, { announced }: Progress): boolean {
    if (this.parked.has(key)) return true;
    this.parked.set(key, because);
    const [head] = this.mailbox(key);
    if (head === undefined) return true;
    head.slot = "parked";
    announced.delete(head.number);
    return true;
  }

  #unpark({ key }: StepOf<"unpark">, { at, answer, touched }: Progress): boolean {
    if (!this.parked.has(key)) return false;
    const others = [...this.parked].filter(([, because]) => because === key).map(([other]) => other);
    for (const freed of new Set([key, ...others])) {
      this.parked.delete(freed);
      const [head] = this.mailbox(freed);
      if (head === undefined) continue;
      head.slot = this.#headSlot(head, at);
      if (head.slot === "waiting") note(answer, head.readyAt);
      else touched.push(freed);
    }
    return true;
  }

  #find(pick: number, known: number): ModelMessage | undefined {
    return this.messages.find(({ number }) => number === pick && number < known);
  }

  /** Makes the first message head; answers it when it was not head before. */
  #settleHead(key: string, at: number): ModelMessage | undefined {
    const [first, ...others] = this.mailbox(key);
    for (const other of others) other.slot = "behind";
    if (first === undefined || first.slot !== "behind") return undefined;
    first.slot = this.#headSlot(first, at);
    return first;
  }

  #headSlot({ key, readyAt }: ModelMessage, at: number): ModelMessage["slot"] {
    if (this.parked.has(key)) return "parked";
    return readyAt <= at ? "ready" : "waiting";
  }
}

function byPlace(a: ModelMessage, b: ModelMessage): number {
  return a.dueAt - b.dueAt || a.number - b.number;
}

function note(answer: NonNullable<ModelAnswer>, dueAt: number | null): void {
  if (dueAt !== null) answer.nextDueAt = Math.min(answer.nextDueAt ?? dueAt, dueAt);
}
