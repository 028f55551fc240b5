import { SignJWT } from "jose";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type Clock, type Config, RuntimeError } from "../../runtime/mod.ts";
import { claims } from "./claims.ts";
import { keyOfSecret } from "./jwt.ts";

export interface IssueOptions {
  readonly config: Pick<Config, "AUTH_SECRET" | "AUTH_JWKS_URL" | "AUTH_ISSUER" | "AUTH_AUDIENCE">;
  readonly clock: Clock;
}

const USAGE = "deno task token --tenant NAME --role viewer|operator|admin|platform [--subject NAME] [--hours 12]";
const LONGEST_HOURS = 8_760;

const order = z.object({
  tenant: claims.shape.tenant,
  role: claims.shape.role,
  subject: claims.shape.sub.default("cli"),
  hours: z.coerce.number(`must be a number of hours up to ${LONGEST_HOURS}`).positive().max(LONGEST_HOURS).default(12),
});

/**
 * The bearer token that `token --tenant acme --role operator` asks for, signed with AUTH_SECRET.
 * @throws {RuntimeError} `invalid-config` when it cannot be made, with what to write instead
 */
export async function issueToken(operands: readonly string[], { config, clock }: IssueOptions): Promise<string> {
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: url, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = config;
  if (url !== undefined) throw refused("With AUTH_JWKS_URL tokens come from whoever keeps its private keys");
  if (secret === undefined) throw refused("Set AUTH_SECRET to the server's: tokens are signed with it");
  const { tenant, role, subject, hours } = orderIn(operands);
  const given = claims.safeParse({ tenant, role, sub: subject });
  if (!given.success) throw misspelt(given.error, { tenant, role, subject });
  const nowS = Math.floor(clock.now() / 1_000);
  return await new SignJWT({ tenant, role })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt(nowS)
    .setExpirationTime(Math.ceil(nowS + hours * 3_600))
    .sign(await keyOfSecret(secret));
}

function orderIn(operands: readonly string[]): z.infer<typeof order> {
  const text = { type: "string" } as const;
  const options = { tenant: text, role: text, subject: text, hours: text };
  let values: object;
  try {
    ({ values } = parseArgs({ args: [...operands], options, strict: true }));
  } catch (thrown) {
    throw refused(`${(thrown as Error).message}. Write: ${USAGE}`);
  }
  const parsed = order.safeParse(values);
  if (parsed.success) return parsed.data;
  throw misspelt(parsed.error, values);
}

function misspelt({ issues }: z.ZodError, values: object): RuntimeError {
  const faults = issues.map(({ path: [claim], message }) => {
    const name = claim === "sub" ? "subject" : String(claim);
    return `--${name} ${Object.hasOwn(values, name) ? message : "is missing"}`;
  });
  return refused(`${faults.join("; ")}. Write: ${USAGE}`);
}

function refused(message: string): RuntimeError {
  return new RuntimeError("invalid-config", message);
}
