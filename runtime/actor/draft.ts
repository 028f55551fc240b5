import { RuntimeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { Address } from "./address.ts";
import type { EventDraft, RowWrite } from "./journal.ts";
import type { Changes, Send } from "./outcome.ts";
import type { Spawned } from "./spawn.ts";

/** Collects what one turn asks to commit, within the limits of an outcome; taken at each commit point. */
export class Draft {
  #rows: RowWrite[] = [];
  #sends: Send[] = [];
  #events: EventDraft[] = [];
  #spawned: Address[] = [];
  #children: Spawned[] = [];
  #childrenCount = 0;
  #bytes = 0;
  #stopped = false;

  write(row: RowWrite): void {
    this.#room(this.#rows.length, LIMITS.outcomeRows, "row writes");
    this.#weigh(JSON.stringify(row.args).length);
    this.#rows.push(row);
  }

  send(send: Send): void {
    this.#room(this.#sends.length, LIMITS.outcomeSends, "sends");
    this.#weigh(send.payload.length);
    this.#sends.push(send);
  }

  emit(type: string, subject: string, data: unknown): void {
    this.#room(this.#events.length, LIMITS.outcomeEvents, "events");
    const text = toJson(data, { what: `The data of the event ${type}`, limitBytes: LIMITS.eventBytes });
    this.#events.push({ type, subject, data: text });
  }

  spawn(child: Address): void {
    this.#room(this.#spawned.length, LIMITS.outcomeSends, "children");
    this.#spawned.push(child);
  }

  spawnAll(children: Spawned): void {
    const more = children.payloads.length;
    if (this.#childrenCount + more > LIMITS.outcomeSends) {
      throw new RuntimeError(
        "too-large",
        `A turn may spawn ${LIMITS.outcomeSends} children at once: spawn more in a generator, with a cursor in the ` +
          "state, and yield in between",
      );
    }
    for (const payload of children.payloads) this.#weigh(payload.length);
    this.#childrenCount += more;
    this.#children.push(children);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What was collected since the last call, with the state when it changed; undefined when there is nothing. */
  take(state: string | undefined): Changes | undefined {
    if (state !== undefined) this.#weigh(state.length);
    const hasSpawned = this.#spawned.length + this.#children.length > 0;
    const hasAny = this.#rows.length + this.#sends.length + this.#events.length > 0 || hasSpawned;
    if (!hasAny && state === undefined && !this.#stopped) return undefined;
    const asked = { rows: this.#rows, sends: this.#sends, events: this.#events };
    const changes = hasSpawned ? { ...asked, ...this.#takeSpawned() } : asked;
    this.#rows = [];
    this.#sends = [];
    this.#events = [];
    this.#bytes = 0;
    if (this.#stopped) return { stopped: true, ...changes };
    return state === undefined ? changes : { state, ...changes };
  }

  #takeSpawned(): Pick<Changes, "spawned" | "children"> {
    const [spawned, children] = [this.#spawned, this.#children];
    this.#spawned = [];
    this.#children = [];
    this.#childrenCount = 0;
    return {
      ...spawned.length > 0 ? { spawned } : {},
      ...children.length > 0 ? { children } : {},
    };
  }

  #room(used: number, limit: number, what: string): void {
    if (used >= limit) {
      throw new RuntimeError("too-large", `A turn may commit ${limit} ${what} at once: yield before the next one`);
    }
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > LIMITS.outcomeBytes) {
      throw new RuntimeError("too-large", `A turn may commit ${LIMITS.outcomeBytes} bytes at once: yield earlier`);
    }
  }
}
