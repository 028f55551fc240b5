import { z } from "zod";
import { creditRequest } from "../credit_application/schemas.ts";
import { customerEmail, customerName, entityId } from "../customer/schemas.ts";
import { templateFields } from "../email/templates/fields.ts";
import { ACTION_TYPES } from "./rows.ts";

export const MOST_CUSTOMERS = 1_000;

/** What a letter says of an action beside the customer's name. */
export const actionDetails = templateFields.omit({ name: true });

const customer = z.object({ id: entityId, name: customerName, email: customerEmail });

/** Whom an action concerns: one as he was when it was taken in, several by id, or all that the tenant has. */
const concerned = z.discriminatedUnion("audience", [
  z.object({ audience: z.literal("one"), customer }),
  z.object({ audience: z.literal("many"), ids: z.array(entityId).min(1).max(MOST_CUSTOMERS) }),
  z.object({ audience: z.literal("all") }),
]);

/** To an action's actor: give every customer concerned what is due. The ids are distinct and in order. */
export const beginAction = z.object({
  type: z.enum(ACTION_TYPES),
  concerned,
  details: actionDetails,
  credit: creditRequest.optional(),
});

export type BeginAction = z.output<typeof beginAction>;
