import type { WriteResult } from "./messages.ts";
import { areSame } from "./judge_customers.ts";
import { type CustomerDetails, type CustomerRow, emailKeyOf, versionTag } from "./rows.ts";

/** What somebody wants written of one customer. */
export type CustomerWrite =
  | { readonly does: "create"; readonly details: CustomerDetails }
  | { readonly does: "update"; readonly details: SomeDetails; readonly ifTags: IfTags }
  | { readonly does: "remove"; readonly ifTags: IfTags };

type SomeDetails = { readonly [N in keyof CustomerDetails]?: CustomerDetails[N] | undefined };

/** Of the versions that may be written over; undefined: whatever there is. */
type IfTags = readonly string[] | undefined;

/** What there is when it is looked at. */
export interface WriteGround {
  readonly row: CustomerRow | null;
  /** Who has the address that {@linkcode wantedEmailKey} names. */
  readonly holder: string | null;
}

/** The row as it is to be; null where it is to go. */
export type JudgedWrite =
  | { readonly result: "done"; readonly details: (CustomerDetails & Pick<CustomerRow, "emailKey">) | null }
  | { readonly result: Exclude<WriteResult, "done"> };

/** By which one looks for who has the address already; null where none is given. */
export function wantedEmailKey(write: CustomerWrite): string | null {
  const email = write.does === "remove" ? undefined : write.details.email;
  return email === undefined ? null : emailKeyOf(email);
}

/** The rules of writing one customer: the same for whoever asks, before anything is sent, and for the turn that writes. */
export function judgeWrite(id: string, write: CustomerWrite, { row, holder }: WriteGround): JudgedWrite {
  const isTaken = holder !== null && holder !== id;
  if (write.does === "create") {
    if (row !== null) return { result: areSame(row, write.details) ? "unchanged" : "exists" };
    if (isTaken) return { result: "taken" };
    return { result: "done", details: { ...write.details, emailKey: emailKeyOf(write.details.email) } };
  }
  if (row === null) return { result: "missing" };
  if (write.ifTags !== undefined && !write.ifTags.includes(versionTag(row))) return { result: "stale" };
  if (write.does === "remove") return { result: "done", details: null };
  const { firstName = row.firstName, lastName = row.lastName, email = row.email } = write.details;
  const details = { firstName, lastName, email };
  if (areSame(row, details)) return { result: "unchanged" };
  if (email === row.email) return { result: "done", details: { ...details, emailKey: row.emailKey } };
  return isTaken ? { result: "taken" } : { result: "done", details: { ...details, emailKey: emailKeyOf(email) } };
}
