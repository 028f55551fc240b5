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

/** Variables by name; an empty one counts as not set. */
export type Environment = Readonly<Record<string, string>>;

/** The whole number that a variable says, `otherwise` where it is not set. Its bounds are those of the program's settings. */
export function wholeIn(env: Environment, variable: string | undefined, otherwise: number): number {
  const said = variable === undefined ? "" : env[variable] ?? "";
  return /^\d{1,15}$/.test(said) ? Number(said) : otherwise;
}
