/** Hands deliveries, questions or answers on together with those of the same turn of the event loop. */
export function createSending<T>(send: (all: readonly T[]) => void): (one: T) => void {
  let gathered: T[] = [];
  return (one) => {
    if (gathered.push(one) > 1) return;
    queueMicrotask(() => {
      const batch = gathered;
      gathered = [];
      send(batch);
    });
  };
}
