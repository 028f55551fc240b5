/** A door in a handler of the inline host, so that a test decides when a turn goes on. */
export interface Gate extends Disposable {
  /** Resolves when so many turns stand at the door; by default one. */
  reached(turns?: number): Promise<void>;
  /** How many turns stand at the door. */
  readonly waiting: number;
  /** Lets in who waits, and from now on everybody. */
  open(): void;
}

interface Door {
  isOpen: boolean;
  readonly deaf: boolean;
  readonly waiting: Set<() => void>;
  readonly told: Set<() => void>;
}

const doors = new Map<string, Door>();

/** Closes the door `name` until it is opened or disposed of. Who waits at one that is `deaf` hears no abort. */
export function closeGate(name: string, { deaf = false } = {}): Gate {
  const door: Door = { isOpen: false, deaf, waiting: new Set(), told: new Set() };
  doors.set(name, door);
  const open = () => {
    door.isOpen = true;
    for (const pass of door.waiting) pass();
    door.waiting.clear();
  };
  return {
    reached: (turns = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (door.waiting.size < turns) return;
          door.told.delete(look);
          resolve();
        };
        door.told.add(look);
        look();
      }),
    get waiting() {
      return door.waiting.size;
    },
    open,
    [Symbol.dispose]() {
      open();
      if (doors.get(name) === door) doors.delete(name);
    },
  };
}

/** For handlers: waits at a closed door; one that nobody closed is open. @throws the signal's reason */
export async function passGate(name: string, signal: AbortSignal): Promise<void> {
  const door = doors.get(name);
  if (door === undefined || door.isOpen) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => {
    if (door.deaf) return;
    door.waiting.delete(resolve);
    reject(signal.reason);
  };
  door.waiting.add(resolve);
  for (const tell of [...door.told]) tell();
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  await promise.finally(() => signal.removeEventListener("abort", onAbort));
}
