import type { PoolSettings } from "../store/pool_settings.ts";
import type { Config } from "./config.ts";

/** How connections to Postgres are kept, by the settings that say so. */
export function poolOf(config: Config): PoolSettings {
  return {
    connections: config.DATABASE_CONNECTIONS,
    usesOfEach: config.DATABASE_USES,
    connectTimeoutMs: config.DATABASE_CONNECT_MS,
    acquireTimeoutMs: config.DATABASE_ACQUIRE_MS,
    checkMs: config.DATABASE_CHECK_MS,
    idleMs: config.DATABASE_IDLE_MS,
  };
}
