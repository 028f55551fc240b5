/** Calls back after one turn of the event loop: microseconds, where a timer of 0 ms takes over a millisecond. */
export function createLoopTurn(): (task: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  let tasks: (() => void)[] = [];
  port1.onmessage = () => {
    const due = tasks;
    tasks = [];
    for (const task of due) task();
  };
  return (task) => {
    if (tasks.push(task) === 1) port2.postMessage(null);
  };
}
