/** What one step asks of the mailboxes; `pick` names one of the messages that were ever added. */
export type Step =
  | { readonly step: "append"; readonly key: string; readonly dueIn: number; readonly priority: number }
  | { readonly step: "remove" | "bury"; readonly pick: number }
  | { readonly step: "postpone"; readonly pick: number; readonly readyIn: number }
  | { readonly step: "wake"; readonly limit: number };

export interface ModelMessage {
  /** Its number among all that were ever added. */
  readonly number: number;
  readonly key: string;
  readonly priority: number;
  readonly dueAt: number;
  readyAt: number;
  slot: "behind" | "ready" | "waiting";
}

/** What the store has to answer for one entry; null when it has to refuse it. */
export type ModelAnswer = {
  readonly appended: string[];
  readonly ready: number[][];
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
  readonly announced: number[];
}

/** The mailboxes of one lane, kept the slow and obvious way: after every step the first of each is made its head. */
export class MailboxModel {
  messages: ModelMessage[] = [];
  #added = 0;

  /** Applies entries in order; one with a step that finds no message leaves nothing behind. */
  applyBatch(entries: readonly (readonly Step[])[], at: number): ModelAnswer[] {
    const known = this.#added;
    const announced = new Set<number>();
    const lastTouch = new Map<string, NonNullable<ModelAnswer>>();
    const answers = entries.map((steps): ModelAnswer => {
      const before = { messages: structuredClone(this.messages), added: this.#added };
      const answer: ModelAnswer = { appended: [], ready: [], nextDueAt: null };
      const progress: Progress = { at, known, answer, touched: [], announced: [] };
      if (!steps.every((step) => this.#apply(step, progress))) {
        this.messages = before.messages;
        this.#added = before.added;
        return null;
      }
      for (const number of progress.announced) announced.add(number);
      for (const key of progress.touched) lastTouch.set(key, answer);
      return answer;
    });
    for (const [key, answer] of lastTouch) {
      const mailbox = this.mailbox(key);
      const [head] = mailbox;
      if (head?.slot !== "ready" || announced.has(head.number)) continue;
      const blocked = mailbox.findIndex(({ readyAt }) => readyAt > at);
      answer.ready.push(mailbox.slice(0, blocked === -1 ? undefined : blocked).map(({ number }) => number));
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
    switch (step.step) {
      case "append":
        return this.#append(step, progress);
      case "wake":
        return this.#wake(progress);
      case "postpone":
        return this.#postpone(step, progress);
      default:
        return this.#take(step.pick, progress);
    }
  }

  #append({ key, priority, dueIn }: StepOf<"append">, { at, answer, announced }: Progress): boolean {
    const dueAt = at + dueIn;
    const added: ModelMessage = { number: this.#added++, key, priority, dueAt, readyAt: dueAt, slot: "behind" };
    this.messages.push(added);
    this.#settleHead(key, at);
    if (added.slot === "ready") announced.push(added.number);
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
    if (message.slot !== "behind") message.slot = message.readyAt <= at ? "ready" : "waiting";
    if (message.slot === "waiting") note(answer, message.readyAt);
    return true;
  }

  #take(pick: number, { at, known, answer, touched }: Progress): boolean {
    const message = this.#find(pick, known);
    if (message === undefined) return false;
    touched.push(message.key);
    this.messages = this.messages.filter((other) => other !== message);
    const promoted = this.#settleHead(message.key, at);
    if (promoted?.slot === "waiting") note(answer, promoted.readyAt);
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
    first.slot = first.readyAt <= at ? "ready" : "waiting";
    return first;
  }
}

function byPlace(a: ModelMessage, b: ModelMessage): number {
  return a.dueAt - b.dueAt || a.number - b.number;
}

function note(answer: NonNullable<ModelAnswer>, dueAt: number | null): void {
  if (dueAt !== null) answer.nextDueAt = Math.min(answer.nextDueAt ?? dueAt, dueAt);
}
