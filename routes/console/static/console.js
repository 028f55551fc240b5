/// <reference lib="dom" />
// @ts-check
import { startActs } from "./console_acts.js";
import { startBulk } from "./console_bulk.js";
import { startFeed } from "./console_feed.js";
import { startFilters } from "./console_filters.js";
import { startKeys } from "./console_keys.js";
import { createRefresher } from "./console_refresher.js";
import { followEvents } from "./console_stream.js";

const { refresh, soon } = createRefresher();
const hear = startFeed();
startActs(refresh);
startBulk(refresh);
startFilters();
startKeys();
followEvents({ changed: soon, hear });
