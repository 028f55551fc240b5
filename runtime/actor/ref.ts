import type { z } from "zod";
import type { Address } from "./address.ts";

export type MessageSchemas = Readonly<Record<string, z.ZodType>>;

declare const shape: unique symbol;

/** An address that knows what may be sent and asked there. */
export interface Ref<M extends MessageSchemas = MessageSchemas, Q = unknown> extends Address {
  readonly [shape]?: { readonly messages: M; readonly queries: Q };
}

/** What may be sent to `R` under name `N`. */
export type PayloadOf<M extends MessageSchemas, N extends keyof M> = z.input<M[N]>;

type Fn = (...args: never[]) => unknown;

export type QueryArgs<Q, N extends keyof Q> = Q[N] extends Fn ? Parameters<Q[N]>[1] : never;
export type QueryResult<Q, N extends keyof Q> = Q[N] extends Fn ? Awaited<ReturnType<Q[N]>> : never;
