import type { Declare, Sweep } from "../authoring.ts";
import type { ParcelDatabase } from "./rows.ts";

/** Scans, and the marks of malformed ones, go when they are old: for as long as SCANS_KEPT_DAYS says. */
export function parcelSweeps({ sweep }: Declare<ParcelDatabase>): readonly Sweep[] {
  return [
    // The order of commits is that of the times but for moments, so the first rows are the oldest.
    sweep("scans", (db, { before, limit }) =>
      db.deleteFrom("scans").where(
        "id",
        "in",
        (eb) =>
          eb.selectFrom((first) =>
            first.selectFrom("scans").select(["id", "receivedAt"]).orderBy("id").limit(limit).as("first")
          ).select("first.id").where("first.receivedAt", "<", before),
      )),
    sweep("scans", (db, { before, limit }) =>
      db.deleteFrom("malformedScans").where(({ eb, refTuple }) =>
        eb(
          refTuple("tenant", "stream", "fingerprint"),
          "in",
          db.selectFrom("malformedScans").select(["tenant", "stream", "fingerprint"]).where("receivedAt", "<", before)
            .orderBy("receivedAt").limit(limit).$asTuple("tenant", "stream", "fingerprint"),
        )
      )),
  ];
}
