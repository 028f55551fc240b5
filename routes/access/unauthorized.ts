import { Refusal } from "../problem.ts";

/** The same for no token, one that is none, a forged one, one of elsewhere and one that is over. @see RFC 6750, 3 */
export function unauthorized(): Refusal {
  return new Refusal(401, "This takes a bearer token, and it is missing or not valid", {
    headers: { "WWW-Authenticate": "Bearer" },
  });
}
