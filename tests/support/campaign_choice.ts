/** What a command of campaigns says to a person, beside its result. */
// deno-lint-ignore no-console -- a command that reports to a person
export const say = console.error;

/** Ends the command, as it was called wrongly. */
export function give(up: string): never {
  say(up);
  Deno.exit(2);
}

/** The whole number that an option says; `byDefault` where it is not given. */
export function whole<Default>(text: string | undefined, option: string, byDefault: Default): number | Default {
  if (text === undefined) return byDefault;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : give(`--${option} must be a whole number from 1, not ${text}`);
}

/** The campaigns that `--only` names, with commas between them; all without it. */
export function chosenOf<Campaign extends { readonly name: string }>(
  campaigns: readonly Campaign[],
  only: string | undefined,
): readonly Campaign[] {
  const known = campaigns.map(({ name }) => name);
  return (only?.split(",") ?? known).map((name) =>
    campaigns.find((campaign) => campaign.name === name) ??
      give(`There is no campaign ${name}; there are ${known.join(", ")}`)
  );
}
