/** A text of a declaration that the environment may say: it is read by main alone, so workers never see it. */
export type Setting = string | FromEnv;

/** A variable of the environment. */
export interface FromEnv {
  readonly env: string;
  /** What holds where it is not set; without it the variable must be. */
  readonly otherwise: string | null;
}

/** @example `baseUrl: fromEnv("SCAN_API_BASE_URL", "http://localhost/v1/scans/scanevents")` */
export function fromEnv(env: string, otherwise: string | null = null): FromEnv {
  return Object.freeze({ env, otherwise });
}
