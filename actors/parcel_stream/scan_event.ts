import { z } from "zod";

const id = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** `2021-05-11T21:11:34.1506147Z`: with as many digits of a second as the source has. */
const INSTANT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)?$/;
/** No zero and no half of a pair, which not every database holds. */
const text = z.string().max(200)
  .regex(/^[^\0\ud800-\udfff]*$/u, "must not hold U+0000 or half of a surrogate pair");

/** An event of a Scan Event API. Types are PICKUP, STATUS and DELIVERY, and may grow; so may properties. */
export const scanEvent = z.object({
  EventId: id.min(1),
  ParcelId: id,
  Type: text.min(1).max(50),
  CreatedDateTimeUtc: z.string().regex(INSTANT, "must read like 2021-05-11T21:11:34.1506147Z"),
  StatusCode: text.nullish().transform((code) => code ?? ""),
  Device: z.object({ DeviceTransactionId: id.nullish(), DeviceId: id.nullish() }).nullish(),
  User: z.object({ UserId: text.nullish(), CarrierId: text.nullish(), RunId: text.nullish() }).nullish(),
});

export type ScanEvent = z.output<typeof scanEvent>;

/** A page as it comes; its events are judged one by one. */
export const scanPage = z.object({ ScanEvents: z.array(z.unknown()) });
