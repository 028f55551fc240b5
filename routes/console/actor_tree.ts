import type { BodyOf } from "./ask.ts";
import type { listRoute } from "../actors_control.ts";

export type ActorSight = BodyOf<typeof listRoute>["items"][number];

/** An actor of the list and how deep it stands below those that supervise it. */
export interface Placed {
  readonly sight: ActorSight;
  readonly depth: number;
}

/** The same actors, each below its supervisor where that is among them; else in the order of the list. */
export function supervisionTree(sights: readonly ActorSight[]): readonly Placed[] {
  const nameOf = ({ kind, key }: { kind: string; key: string }) => `${kind}/${key}`;
  const known = new Set(sights.map(nameOf));
  const below = new Map<string, ActorSight[]>();
  const roots: ActorSight[] = [];
  for (const sight of sights) {
    const parent = sight.parent === null ? null : nameOf(sight.parent);
    if (parent === null || !known.has(parent) || parent === nameOf(sight)) roots.push(sight);
    else below.set(parent, [...below.get(parent) ?? [], sight]);
  }
  const placed: Placed[] = [];
  const seen = new Set<string>();
  const place = (sight: ActorSight, depth: number) => {
    if (seen.has(nameOf(sight))) return;
    seen.add(nameOf(sight));
    placed.push({ sight, depth });
    for (const child of below.get(nameOf(sight)) ?? []) place(child, depth + 1);
  };
  // Who is below nobody comes first; what is left supervises itself by way of others.
  for (const root of [...roots, ...sights]) place(root, 0);
  return placed;
}
