import type { Principal } from "./principal.ts";

/**
 * Who shows a token that holds; its end is a little later than the token says, for clocks that differ.
 * @throws {Refusal} 401 when it does not hold; whatever the key's keeper throws, such as 503
 */
export type Verify = (token: string) => Promise<Principal>;

/** Whether the server asks who gives a request, and how it verifies tokens that others have signed. */
export type Authentication =
  /** Nobody is asked, so that only requests from this machine are answered. */
  | { readonly isOpen: true }
  | { readonly isOpen: false; readonly verify: Verify };
