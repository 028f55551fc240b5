import type { Principal } from "./access/principal.ts";
import type { JsonText } from "./read_json.ts";

/** What the middleware found out about a request. */
export interface AppEnv {
  /** What `Deno.serve` tells beside a request. */
  Bindings: {
    readonly remoteAddr?: { readonly hostname: string };
    /** A page asks for what it shows: a part of a request that is counted already. */
    readonly isPart?: boolean;
  };
  Variables: {
    /** Who gives the request; like `tenant` absent on routes that anyone may call. */
    principal: Principal;
    /** Whose data the request sees: the principal's tenant. */
    tenant: string;
    requestId: string;
    /** The id of the route's operation, where that may change something. */
    operation?: string;
    /** The id of the route's operation, where it has one. */
    asked?: string;
    /** What every answer to the request bears. */
    commonHeaders: Record<string, string>;
    /** What its address may still send, where that is limited. */
    requestsLeft?: number;
    /** The answer was made with them. */
    bearsCommonHeaders?: boolean;
    /** Absent where a request has none or its handler takes it in. */
    body?: JsonText;
  };
}
