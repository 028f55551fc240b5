import { z } from "zod";
import { KIND_PATTERN, TENANT_PATTERN } from "../../runtime/mod.ts";
import { isPrintable } from "../printable.ts";
import { isSubjectOfKey } from "./api_key.ts";
import { type Principal, ROLES } from "./principal.ts";

/** Names that commands bear which nobody with a token has given. */
const OWN_SUBJECTS = ["system", "anonymous"];
/** Actors of this tenant reach those of all others. */
const SYSTEM_TENANT = "system";

/** What a token says about who bears it, beside what every JWT says. */
export const claims = z.object({
  tenant: z.string().regex(TENANT_PATTERN, "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -"),
  sub: z.string().min(1).max(200).refine(isSubject, "must be printable, and none of the server's own names"),
  role: z.enum(ROLES),
}).refine(
  mayBeIn,
  { path: ["tenant"], error: `must not be ${SYSTEM_TENANT}, but for the role platform` },
);

export type Claims = z.infer<typeof claims>;

export function principalOf({ tenant, sub, role }: Claims, expiresAt: number): Principal {
  return { tenant, subject: sub, role, expiresAt };
}

/** Whether somebody of the tenant may have the role. */
export function mayBeIn({ tenant, role }: Pick<Principal, "tenant" | "role">): boolean {
  return tenant !== SYSTEM_TENANT || role === "platform";
}

/** What a command tells of who gave it must not read like the server, a key, or an actor (`tenant/kind/key`). */
function isSubject(text: string): boolean {
  const [tenant = "", kind = "", key, ...more] = text.split("/");
  const isActor = key !== undefined && more.length === 0 && TENANT_PATTERN.test(tenant) && KIND_PATTERN.test(kind);
  return isPrintable(text) && !OWN_SUBJECTS.includes(text) && !isSubjectOfKey(text) && !isActor;
}
