import { actionRounds } from "./action_rounds.ts";
import { carefulRounds } from "./careful_rounds.ts";
import { catalogRounds } from "./catalog_rounds.ts";
import { channelRounds } from "./channel_rounds.ts";
import { culpritRounds } from "./culprit_rounds.ts";
import { damageRounds } from "./damage_rounds.ts";
import { importRounds } from "./import_rounds.ts";
import { killRounds } from "./kill_rounds.ts";
import { ledgerRounds } from "./ledger_rounds.ts";
import { lossRounds } from "./loss_rounds.ts";
import { migrationRounds } from "./migration_rounds.ts";
import { orderRounds } from "./order_rounds.ts";
import { parcelRounds } from "./parcel_rounds.ts";
import { parkingRounds } from "./parking_rounds.ts";
import { poisonRounds } from "./poison_rounds.ts";
import { readerRounds } from "./reader_rounds.ts";
import { secondRounds } from "./second_rounds.ts";
import { stopRounds } from "./stop_rounds.ts";
import { fullDiskRounds, lockedRounds, readOnlyRounds } from "./storage_rounds.ts";
import type { Campaign } from "./torture_campaign.ts";
import { uploadRounds } from "./upload_rounds.ts";

/** In full size, in the order in which they run. */
export const CAMPAIGNS: readonly Campaign[] = [
  killRounds(),
  stopRounds(),
  lossRounds(),
  culpritRounds(),
  carefulRounds(),
  parkingRounds(),
  poisonRounds(),
  readerRounds(),
  channelRounds(),
  importRounds(),
  parcelRounds(),
  actionRounds(),
  ledgerRounds(),
  orderRounds(),
  catalogRounds(),
  uploadRounds(),
  fullDiskRounds(),
  lockedRounds(),
  readOnlyRounds(),
  secondRounds(),
  damageRounds(),
  migrationRounds(),
];
