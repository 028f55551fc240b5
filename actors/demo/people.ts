import type { Random } from "../../runtime/core/random.ts";

const FIRST = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gwen", "Hugo", "Ida", "Jon", "Kim", "Leo"];
const LAST = ["Ashby", "Brook", "Carver", "Dale", "Ellis", "Frost", "Grant", "Hale", "Irwin", "Jarvis"];

/** Somebody made up, with an address that leads nowhere; the same for the same number. */
export function personOf(number: number): Person {
  const firstName = FIRST[number % FIRST.length]!;
  const lastName = LAST[Math.floor(number / FIRST.length) % LAST.length]!;
  return { firstName, lastName, email: `${firstName}.${lastName}.${number}@people.example`.toLowerCase() };
}

export interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/** One of them. */
export function anyOf<One>(random: Random, among: readonly One[]): One {
  return among[Math.floor(random.next() * among.length)]!;
}
