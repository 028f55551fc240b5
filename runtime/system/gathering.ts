/** Hands items on together with those of the same turn of the event loop. */
export function gathering<T>(handOn: (items: readonly T[]) => void): (item: T) => void {
  let gathered: T[] = [];
  return (item) => {
    if (gathered.push(item) > 1) return;
    queueMicrotask(() => {
      const items = gathered;
      gathered = [];
      handOn(items);
    });
  };
}
