import type { CancelTimer, Clock } from "../runtime/mod.ts";
import { bodyParts } from "./body_parts.ts";
import { Refusal } from "./problem.ts";

/**
 * The same bytes, as they are asked for; fails with 408 when `idleMs` pass without any, with 400 when they break off. Who
 * cancels it leaves the rest unread: the body of a request must not be cancelled (see `readBody`).
 */
export function idleBound(
  body: ReadableStream<Uint8Array>,
  { idleMs, clock }: { idleMs: number; clock: Clock },
): ReadableStream<Uint8Array> {
  const next = bodyParts(body);
  const idle = (): { readonly late: Promise<never>; readonly cancel: CancelTimer } => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const refusal = new Refusal(408, `No bytes came for ${idleMs} ms`, { headers: { Connection: "close" } });
    return { late, cancel: clock.after(idleMs, () => reject(refusal)) };
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { late, cancel } = idle();
      try {
        const part = await Promise.race([next(), late]);
        if (part === null) controller.close();
        else controller.enqueue(part);
      } catch (thrown) {
        throw thrown instanceof Refusal ? thrown : new Refusal(400, "The body broke off");
      } finally {
        cancel();
      }
    },
  }, { highWaterMark: 0 });
}
