import { type CustomerWrite, judgeWrite, wantedEmailKey, type WriteGround } from "../actors/customer/judge_write.ts";
import { customerAt, type CustomerState, type WriteResult } from "../actors/customer/messages.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { IS_TAKEN } from "./customers_view.ts";
import type { Deps } from "./env.ts";
import { Refusal } from "./problem.ts";

const PATIENCE_MS = 10_000;
const { queries } = customerTables;

interface Asking {
  readonly id: string;
  readonly write: CustomerWrite;
  readonly deed: () => Deed;
  /** Whether the tenant may hand in one more; asked where something is to be written. */
  readonly admit?: () => void | Promise<void>;
}

/**
 * Has a customer's actor write, and waits until it has: what comes of it is what the actor found when it was this message's
 * turn. What is refused as things are is not sent, so that nothing of it is in the audit log.
 * @throws {Refusal} 409 or 412 when it is not as the writer thinks; {RuntimeError} `not-found`, `timed-out` when the actor
 * does not come to it: it is written still
 */
export async function writeCustomer(
  { system, clock }: Pick<Deps, "system" | "clock">,
  tenant: string,
  { id, write, deed, admit }: Asking,
): Promise<"done" | "unchanged"> {
  const now = judgeWrite(id, write, await groundOf(system, tenant, { id, write }));
  if (now.result !== "done") return written(now.result);
  await admit?.();
  const waiting = { messageId: system.createId(), tenant, id, write, deed: deed() };
  return written(await toldAndDone({ system, clock }, waiting));
}

/** Point reads: whoever has been answered a moment ago is seen. */
async function groundOf(
  system: System,
  tenant: string,
  { id, write }: Pick<Asking, "id" | "write">,
): Promise<WriteGround> {
  const emailKey = wantedEmailKey(write);
  const [row, holder] = await Promise.all([
    system.point(tenant, queries.customer, { id }),
    emailKey === null ? null : system.point(tenant, queries.holder, { emailKey }),
  ]);
  return { row, holder: holder?.id ?? null };
}

interface Waiting extends Pick<Asking, "id" | "write"> {
  readonly tenant: string;
  readonly messageId: string;
  readonly deed: Deed;
}

async function toldAndDone({ system, clock }: Pick<Deps, "system" | "clock">, waiting: Waiting): Promise<WriteResult> {
  const { tenant, id, write, messageId, deed } = waiting;
  let [news, isLate] = [Promise.withResolvers<void>(), false];
  const unwatch = system.watchCommits((whose) => {
    if (whose === null || whose === tenant) news.resolve();
  });
  const cancel = clock.after(PATIENCE_MS, () => {
    isLate = true;
    news.resolve();
  });
  try {
    const command = { to: customerAt(tenant, id), message: write.does, payload: payloadOf(write), messageId };
    await system.tellAll([command], { deed });
    while (!isLate) {
      news = Promise.withResolvers();
      const result = await resultOf(system, waiting);
      if (result !== null) return result;
      if (!isLate) await news.promise;
    }
    throw new RuntimeError("timed-out", `The customer ${id} has not come to its message within ${PATIENCE_MS} ms`);
  } finally {
    cancel();
    unwatch();
  }
}

function payloadOf(write: CustomerWrite): object {
  if (write.does === "create") return write.details;
  const tags = write.ifTags === undefined ? {} : { ifTags: write.ifTags };
  return write.does === "update" ? { ...write.details, ...tags } : tags;
}

/** Null while the message waits. An actor that is told to go takes with it what it has remembered. */
async function resultOf(system: System, { tenant, id, write, messageId }: Waiting): Promise<WriteResult | null> {
  const actor = await system.inspect(customerAt(tenant, id));
  const { results = [] } = actor?.state as CustomerState | null ?? {};
  const own = results.find((one) => one.messageId === messageId);
  if (own !== undefined) return own.result;
  if (actor !== null && (actor.mailboxDepth > 0 || actor.running)) return null;
  if (await system.point(tenant, queries.customer, { id }) !== null) return null;
  return write.does === "remove" ? "done" : "missing";
}

const TAKEN = { pointer: "/email", detail: IS_TAKEN };
const EXISTS = { pointer: "/id", detail: IS_TAKEN };

/** @throws {Refusal | RuntimeError} what is said of each result that is none of these two */
function written(result: WriteResult): "done" | "unchanged" {
  switch (result) {
    case "missing":
      throw new RuntimeError("not-found", "There is no such customer");
    case "exists":
      throw new Refusal(409, "There is a customer of this id who is called otherwise: PUT changes it", {
        faults: [EXISTS],
      });
    case "taken":
      throw new Refusal(409, "There is another customer of this address", { faults: [TAKEN] });
    case "stale":
      throw new Refusal(412, "The customer has changed since it was read: read it again");
    default:
      return result;
  }
}
