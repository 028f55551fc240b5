import type { Failures } from "../limits/failures.ts";
import { Refusal } from "../problem.ts";
import { apiKeyIdIn } from "./api_key.ts";
import type { Verify } from "./authentication.ts";
import type { VerifyFrom } from "./remembered.ts";

/** The same, but where too many credentials did not hold, of an address or of the key they name, none is verified for a while. */
export function slowFailures(verify: Verify, failures: Failures): VerifyFrom {
  return async (shown, from) => {
    // What has held before is none of a guesser's.
    if (from === undefined) return await verify(shown);
    const [address, keyId] = [from(), apiKeyIdIn(shown)];
    failures.mustBeFew(address, keyId);
    try {
      return await verify(shown);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.status === 401) failures.note(address, keyId);
      throw thrown;
    }
  };
}
