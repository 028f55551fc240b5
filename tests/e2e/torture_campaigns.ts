import { importRounds } from "./import_rounds.ts";
import { killRounds } from "./kill_rounds.ts";
import { readerRounds } from "./reader_rounds.ts";
import type { Campaign } from "./torture_campaign.ts";

/** In full size, in the order in which they run. */
export const CAMPAIGNS: readonly Campaign[] = [killRounds(), readerRounds(), importRounds()];
