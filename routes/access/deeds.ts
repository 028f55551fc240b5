import { auditRow, type System } from "../../runtime/mod.ts";
import type { Deps } from "../env.ts";
import type { AddressOf } from "../limits/client_address.ts";

/** @throws {TypeError} where the route has declared that it changes nothing */
export function createDeeds({ now }: Pick<System, "now">, addressOf: AddressOf): Deps["deedOf"] {
  return (c, subject) => {
    const action = c.get("operation");
    if (action === undefined) throw new TypeError(`${c.req.method} ${c.req.path} changes nothing, it has said`);
    const { subject: by, role } = c.get("principal");
    const row = auditRow({
      at: now(),
      by,
      role,
      action,
      subject,
      address: addressOf(c),
      requestId: c.get("requestId"),
    });
    return { by, rows: [row] };
  };
}
