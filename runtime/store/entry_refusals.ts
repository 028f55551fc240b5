import { type Address, formatAddress } from "../actor/address.ts";
import type { MessageRef } from "../actor/message.ts";
import { RuntimeError } from "../core/errors.ts";

/** What entries are refused with; each store finds out for itself that they have to be. */
export const entryRefusals = {
  gone: (ref: MessageRef): RuntimeError =>
    conflict(`Message ${ref.seq} of ${formatAddress(ref)} is not in its mailbox any more`),
  anothers: (ref: MessageRef): RuntimeError =>
    conflict(`Message ${ref.seq} of ${formatAddress(ref)} is another node's`),
  hasItsMessage: (address: Address): RuntimeError => conflict(`${formatAddress(address)} has its message already`),
  notParked: (address: Address): RuntimeError => conflict(`${formatAddress(address)} is not parked`),
  otherTenant: ({ parent, child }: { parent: Address; child: Address }): RuntimeError =>
    conflict(
      `${formatAddress(parent)} cannot supervise ${formatAddress(child)}: a child is of its parent's tenant`,
    ),
  noLetter: (tenant: string, id: string): RuntimeError =>
    new RuntimeError("not-found", `${tenant} has no dead letter ${id}: it was retried or discarded before`),
  blobOutOfOrder: (id: string, reason: string): RuntimeError =>
    conflict(`The blob ${id} cannot be written so: ${reason}`),
  unchanged: (write: string): RuntimeError => conflict(`${write} found no row that it may change`),
  noSuchWrite: (write: string): RuntimeError => new RuntimeError("internal", `No table set declares a write ${write}`),
  noSuchSweep: (sweep: string): RuntimeError => new RuntimeError("internal", `No table set declares a sweep ${sweep}`),
};

function conflict(message: string): RuntimeError {
  return new RuntimeError("conflict", message);
}
