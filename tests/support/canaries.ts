/** Strings that stand for secrets: whoever finds one knows from where it came. */
export interface Canaries {
  /** Made when it is first asked for; of letters and digits, so that no escape hides it. */
  of(place: string): string;
  /** The places whose canary is in the text, as it is or as base64. */
  foundIn(text: string | Uint8Array): readonly string[];
}

export function createCanaries(): Canaries {
  const byPlace = new Map<string, string>();
  return {
    of(place) {
      let canary = byPlace.get(place);
      if (canary === undefined) {
        canary = `canary${crypto.getRandomValues(new Uint8Array(15)).toHex()}x${byPlace.size}`;
        byPlace.set(place, canary);
      }
      return canary;
    },
    foundIn(text) {
      const all = typeof text === "string" ? text : new TextDecoder("latin1").decode(text);
      return [...byPlace].filter(([, canary]) => spellings(canary).some((spelling) => all.includes(spelling))).map((
        [place],
      ) => place);
    },
  };
}

/** The string, and the middle of what base64 makes of it, wherever in a text that begins. */
function spellings(canary: string): readonly string[] {
  return [canary, ...[0, 1, 2].map((shift) => btoa(" ".repeat(shift) + canary).slice(4, -4))];
}
