import assert from "node:assert/strict";
import { JoinedSignal } from "../../runtime/core/joined_signal.ts";

Deno.test("JoinedSignal aborts with the first of its signals, by that one's reason", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const joined = new JoinedSignal([first.signal, second.signal]);
  let heard = 0;
  joined.signal.addEventListener("abort", () => heard++);

  second.abort("second");
  first.abort("first");

  assert.equal(joined.signal.reason, "second");
  assert.equal(heard, 1);
});

Deno.test("JoinedSignal is aborted from the start when one of its signals was", () => {
  const joined = new JoinedSignal([new AbortController().signal, AbortSignal.abort("before")]);

  assert.equal(joined.signal.aborted, true);
  assert.equal(joined.signal.reason, "before");
});

Deno.test("JoinedSignal aborts by itself, and by no other reason afterwards", () => {
  const source = new AbortController();
  const joined = new JoinedSignal([source.signal]);

  joined.abort("late");
  source.abort("later");

  assert.equal(joined.signal.reason, "late");
});

Deno.test("JoinedSignal leaves nothing at its signals when it goes out of scope", () => {
  const source = new AbortController();
  const listeners = new Set<unknown>();
  const { addEventListener: add, removeEventListener: remove } = source.signal;
  source.signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
    listeners.add(listener);
    add.call(source.signal, type as "abort", listener as () => void, options as AddEventListenerOptions);
  };
  source.signal.removeEventListener = (type: string, listener: unknown) => {
    listeners.delete(listener);
    remove.call(source.signal, type as "abort", listener as () => void);
  };
  let signal: AbortSignal;
  {
    using joined = new JoinedSignal([source.signal]);
    signal = joined.signal;
    assert.equal(listeners.size, 1);
  }

  source.abort("late");

  assert.equal(listeners.size, 0);
  assert.equal(signal.aborted, false);
});
