import { here, inProcess } from "../support/broker_rig.ts";
import { callContract } from "./broker_contract/calls.ts";

callContract("in this isolate", here);
callContract("in its process", inProcess);
