// @ts-check

const PAUSE_MS = 500;

/**
 * Reads something anew whenever it is asked to, however often that is: one reading at a time, with a pause after each, and
 * one more when it was asked while it read. What failed is reported; the next time it is asked it tries again.
 * @param {() => Promise<void>} read
 * @param {{ onFailed: (thrown: unknown) => void, onMended?: () => void }} tell `onMended`: the first success after a failure
 * @returns {() => void}
 */
export function createRefresher(read, { onFailed, onMended = () => {} }) {
  let state = /** @type {"idle" | "reading" | "stale"} */ ("idle");
  let hasFailed = false;

  const run = async () => {
    state = "reading";
    try {
      await read();
      if (hasFailed) onMended();
      hasFailed = false;
    } catch (thrown) {
      hasFailed = true;
      onFailed(thrown);
    }
    setTimeout(() => {
      if (state === "stale") run();
      else state = "idle";
    }, PAUSE_MS);
  };

  return () => {
    if (state === "idle") run();
    else state = "stale";
  };
}
