import type { Letter } from "../../actor/letter.ts";

/** Takes letters to where they go; one for each {@linkcode MailPlace}. */
export interface Carrier {
  /**
   * Resolves when somebody else answers for the letter, or does not want it.
   * @throws {RuntimeError} `upstream-failed` when nobody could be asked; the signal's reason when it aborts
   */
  carry(letter: AddressedLetter, signal: AbortSignal): Promise<Carried>;
  /** Connections are cut. */
  stop(): void;
}

/** A letter with what its broker adds. */
export interface AddressedLetter extends Letter {
  /** With its angle brackets. */
  readonly messageId: string;
  readonly from: { readonly name: string; readonly address: string };
  /** Header names and values in ASCII, besides those that every letter has. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Carried {
  readonly end: "taken" | "not-now" | "refused";
  /** In the other side's words, which hold no address. */
  readonly reply: string;
}
