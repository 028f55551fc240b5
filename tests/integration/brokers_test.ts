import { openHere, openProcess } from "../support/broker_rig.ts";
import { callContract } from "./broker_contract/calls.ts";
import { givenBaseContract } from "./broker_contract/given_bases.ts";
import { upstreamContract } from "./broker_contract/upstreams.ts";
import { userAddressContract } from "./broker_contract/user_addresses.ts";

for (const [place, open] of [["in this isolate", openHere], ["in its process", openProcess]] as const) {
  callContract(place, open);
  upstreamContract(place, open);
  userAddressContract(place, open);
  givenBaseContract(place, open);
}
