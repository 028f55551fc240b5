import type { AnyKind } from "../actor/kind.ts";
import type { Registry } from "../actor/registry.ts";

/**
 * The registry as it is dispatched: of a kind no more turns run at once than each upstream that it names bears, unless
 * what it is sent is dropped. Turns that wait inside a worker for an upstream that hangs would hold slots that others need;
 * in their mailboxes they hold nothing.
 */
export function boundByUpstreams(registry: Registry, drops: readonly string[] = []): Registry {
  const bound = [...registry.kinds.values()].flatMap((kind) => {
    const total = mostOf(kind, drops);
    return total < (kind.concurrency.total ?? Infinity)
      ? [[kind.kind, { ...kind, concurrency: { ...kind.concurrency, total } }] as const]
      : [];
  });
  if (bound.length === 0) return registry;
  const kinds = new Map<string, AnyKind>([...registry.kinds, ...bound]);
  return { ...registry, kinds, kind: (name) => kinds.get(name) ?? registry.kind(name) };
}

function mostOf({ upstreams }: AnyKind, drops: readonly string[]): number {
  const bounds = upstreams.filter(({ name }) => !drops.includes(name)).map(({ concurrency }) =>
    concurrency ?? Infinity
  );
  return Math.min(...bounds);
}
