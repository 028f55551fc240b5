import { serveWorker } from "../../../runtime/host/serve.ts";
import { registry } from "./mod.ts";

serveWorker(registry);
