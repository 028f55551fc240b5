/** What a letter says, before it is laid out as text and as HTML. */
export interface Words {
  readonly subject: string;
  /** Each a paragraph. */
  readonly paragraphs: readonly string[];
  /** What people look for at one glance. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Those facts that there is something to say of. */
export function factsOf(facts: Readonly<Record<string, string | undefined>>): Words["facts"] {
  return Object.entries(facts).flatMap(([name, value]) => value === undefined || value === "" ? [] : [[name, value]]);
}
