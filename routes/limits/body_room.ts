import { Refusal } from "../problem.ts";

/** Room for the bodies that are in memory at the same time. */
export interface BodyRoom {
  /**
   * Takes room for a body of so many bytes; call the answer once to give it back.
   * @throws {Refusal} 429 when this tenant has as much as it may, 503 when there is none left
   */
  enter(tenant: string, bytes: number): () => void;
}

/** Only tenants that have a body in memory are known. */
export function createBodyRoom(
  { totalBytes, tenantBytes }: { readonly totalBytes: number; readonly tenantBytes: number },
): BodyRoom {
  const takenBy = new Map<string, number>();
  let taken = 0;
  return {
    enter(tenant, bytes) {
      const own = (takenBy.get(tenant) ?? 0) + bytes;
      if (own > tenantBytes) throw full(429, "The bodies that this tenant sends at once are too large together");
      if (taken + bytes > totalBytes) throw full(503, "The server has no room for this body: try again in a moment");
      taken += bytes;
      takenBy.set(tenant, own);
      return () => {
        taken -= bytes;
        const left = (takenBy.get(tenant) ?? 0) - bytes;
        if (left <= 0) takenBy.delete(tenant);
        else takenBy.set(tenant, left);
      };
    },
  };
}

/** The body is left unread, so the connection ends with the answer. */
function full(status: 429 | 503, detail: string): Refusal {
  return new Refusal(status, detail, { headers: { "Retry-After": "1", "Connection": "close" } });
}
