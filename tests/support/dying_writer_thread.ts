import "../../runtime/store/sqlite/writer.ts";
import { DEATH_CHANNEL } from "./dying_writer.ts";

new BroadcastChannel(DEATH_CHANNEL).onmessage = () => {
  throw new Error("the thread is dead");
};
