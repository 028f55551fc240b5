import type { Failures } from "../limits/failures.ts";
import { Refusal } from "../problem.ts";
import type { Verify } from "./jwt.ts";
import type { VerifyFrom } from "./remembered.ts";

/** The same, but of an address from which too many tokens did not hold, none is verified for a while. */
export function slowFailures(verify: Verify, failures: Failures): VerifyFrom {
  return async (token, from) => {
    // A token that has held before is none of a guesser's.
    if (from === undefined) return await verify(token);
    const address = from();
    failures.mustBeFew(address);
    try {
      return await verify(token);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.status === 401) failures.note(address);
      throw thrown;
    }
  };
}
