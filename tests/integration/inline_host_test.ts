import { systemClock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { registry } from "../support/registry/host_registry.ts";
import { hostContract } from "./host_contract.ts";

hostContract(
  "inlineHost",
  () => (events) => createInlineHost({ registry, clock: systemClock, random: seededRandom(1), events }),
  { isolates: false },
);
