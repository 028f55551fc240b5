import type { Random } from "../../runtime/core/random.ts";

const FIRST = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gwen", "Hugo", "Ida", "Jon", "Kim", "Leo"];
const LAST = ["Ashby", "Brook", "Carver", "Dale", "Ellis", "Frost", "Grant", "Hale", "Irwin", "Jarvis"];

/** Somebody made up, with an address that leads nowhere; the same for the same number. */
export function personOf(number: number): { readonly name: string; readonly email: string } {
  const [first, last] = [FIRST[number % FIRST.length]!, LAST[Math.floor(number / FIRST.length) % LAST.length]!];
  return { name: `${first} ${last}`, email: `${first}.${last}.${number}@people.example`.toLowerCase() };
}

/** One of them. */
export function anyOf<One>(random: Random, among: readonly One[]): One {
  return among[Math.floor(random.next() * among.length)]!;
}
