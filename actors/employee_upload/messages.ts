import { z } from "zod";
import type { Ref } from "../authoring.ts";

/** To an upload's actor, both with the commit that accepts the upload. */
export const uploadMessages = {
  /** Process what is staged. */
  work: z.object({}),
  /** Comes when that is over, however it ended. */
  settle: z.object({}),
};

export function uploadAt(tenant: string, id: string): Ref<typeof uploadMessages> {
  return { tenant, kind: "employee-upload", key: id };
}
