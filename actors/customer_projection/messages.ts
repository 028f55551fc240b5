import { z } from "zod";
import type { Ref } from "../authoring.ts";

const MOST_IDS = 1_000;

/** To whoever derives what is known of customers from what people say of them. */
export const projectionMessages = {
  /** These have changed; of one that is alone the answer is made as well. May be sent at any time, by anybody. */
  project: z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(MOST_IDS) }),
};

/** Each customer has one; of many that are handed in together it is that of the first. */
export function projectionAt(tenant: string, id: string): Ref<typeof projectionMessages> {
  return { tenant, kind: "customer-projection", key: id };
}
