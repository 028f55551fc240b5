import { serveWorker } from "../../../runtime/host/serve.ts";
import { registry } from "./host_registry.ts";

serveWorker(registry);
