import { defineUpstream, fromEnv } from "../authoring.ts";

/** A page of 1,000 events is a third of a megabyte, with long texts four times as much. */
const ANSWER_BYTES = 4 * 1024 * 1024;
/** A poll that waits takes the place of another: one that is not answered comes to an end soon, and is made again later. */
const TIMES = { timeoutMs: 10_000, totalTimeoutMs: 20_000 };

/** Of streams that name no source of their own. */
export const scanApi = defineUpstream({
  name: "scan-api",
  baseUrl: fromEnv("SCAN_API_BASE_URL", "http://localhost/v1/scans/scanevents"),
  answerBytes: ANSWER_BYTES,
  ...TIMES,
});

/** Of streams that people declare. */
export const parcelSource = defineUpstream({
  name: "parcel-source",
  baseUrl: null,
  answerBytes: ANSWER_BYTES,
  ...TIMES,
});
