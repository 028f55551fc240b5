import type { Permissions } from "../actor/kind.ts";

/** What a host must know of a kind to place its turns; a {@linkcode Registry} fits. */
export interface KindPlaces {
  readonly kinds: ReadonlyMap<string, { readonly permissions: Permissions | null }>;
}

/** The same text for the same permissions, in whatever order they were written. */
export function permissionKey(permissions: Permissions | null): string {
  if (permissions === null) return "none";
  const { net, read, env } = permissions;
  return JSON.stringify([net, read, env].map((names) => [...(names ?? [])].sort()));
}

/** As the Worker constructor wants them; what is not named is denied. */
export function workerPermissions(permissions: Permissions | null): Deno.PermissionOptions {
  if (permissions === null) return "none";
  const { net, read, env } = permissions;
  return {
    ...(net?.length ? { net: [...net] } : {}),
    ...(read?.length ? { read: [...read] } : {}),
    ...(env?.length ? { env: [...env] } : {}),
  };
}

/** All that any kind asks for: what a process must hold to give each worker its own. */
export function unionOfPermissions({ kinds }: KindPlaces): Required<Permissions> {
  const all = [...kinds.values()].map((kind) => kind.permissions);
  const union = (name: keyof Permissions) => [...new Set(all.flatMap((permissions) => permissions?.[name] ?? []))];
  return { net: union("net"), read: union("read"), env: union("env") };
}
