/** One thing that is looked at; anyone may read it, so it names no tenant. */
export interface HealthCheck {
  readonly name: string;
  readonly status: "ok" | "failed";
  readonly detail: string | null;
}

/** `faults`: what is wrong, each in words and numbers. */
export function checkOf(name: string, faults: readonly string[]): HealthCheck {
  return faults.length === 0
    ? { name, status: "ok", detail: null }
    : { name, status: "failed", detail: faults.join("; ") };
}
