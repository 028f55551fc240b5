import { serveWorker } from "../../runtime/host/serve.ts";
import { registry } from "./bench_registry.ts";

serveWorker(registry);
