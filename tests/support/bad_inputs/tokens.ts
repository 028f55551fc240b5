import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { Clock } from "../../../runtime/core/clock.ts";
import { signToken, type TokenParts } from "../tokens.ts";
import { type BadInput, get } from "./bad_input.ts";
import { CLAIMS, type Claims, ELSEWHERE, HEADS, SPELLINGS } from "./token_tables.ts";

/** The keys of whoever signs the tokens: the server has the public one. */
export interface TokenKeys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function makeTokenKeys(): Promise<TokenKeys> {
  return await generateKeyPair("RS256", { extractable: true });
}

/** The `AUTH_JWKS_URL` that answers with them. */
export async function keySetOf({ publicKey }: TokenKeys): Promise<object> {
  return { keys: [{ ...await exportJWK(publicKey), kid: "one", alg: "RS256", use: "sig" }] };
}

/** Answered 401 whatever the server verifies with: `sign` signs as it wants it. */
export async function tokenInputs(clock: Clock, of: Pick<TokenParts, "key" | "head">): Promise<readonly BadInput[]> {
  const nowS = Math.floor(clock.now() / 1_000);
  const sign = (claims: Claims) => signToken(clock, { ...of, claims });
  const good = await sign({});
  const named: [what: string, token: string][] = [];
  for (const [what, claims] of Object.entries(CLAIMS)) named.push([what, await sign(claims(nowS))]);
  for (const [what, head] of Object.entries(HEADS)) {
    named.push([what, withHead(good, head)], [`${what}, unsigned`, withHead(good, head, "")]);
  }
  return [
    ...named.map(([what, token]) => refused(`a token ${what}`, get("/api/jobs", ["Authorization", `Bearer ${token}`]))),
    ...SPELLINGS.map((spelling) =>
      refused(
        `Authorization: ${spelling.slice(0, 40)}`,
        get("/api/jobs", ["Authorization", spelling.replace("T", good)]),
      )
    ),
    ...ELSEWHERE.map(([name, value]) =>
      refused(`${name}: ${value}`, get("/api/jobs", [name, value.replace("T", good)]))
    ),
    ...["token", "access_token", "authorization", "jwt"].map((name) =>
      refused(`a token as ?${name}=`, get(`/api/jobs?${name}=${good}`))
    ),
    refused("two tokens", get("/api/jobs", ["Authorization", `Bearer ${good}`], ["Authorization", `Bearer ${good}`])),
    ...tamperedWith(good).map(([what, token]) =>
      refused(`a token with ${what}`, get("/api/jobs", ["Authorization", `Bearer ${token}`]))
    ),
    { what: "a token that holds", request: get("/api/jobs", ["Authorization", `Bearer ${good}`]), answer: [200] },
    { what: "bearer in small letters", request: get("/api/jobs", ["Authorization", `bearer ${good}`]), answer: [200] },
    {
      what: "a token that holds, for another tenant",
      request: get("/api/jobs", ["Authorization", `Bearer ${good}`], ["X-Tenant", "beta"]),
      answer: [403],
    },
    ...["beta", "ACME", "%00", ""].map((tenant): BadInput => ({
      what: `a token that holds, for the tenant "${tenant}" by the query`,
      request: get(`/api/jobs?tenant=${tenant}`, ["Authorization", `Bearer ${good}`]),
      answer: [403],
    })),
    {
      what: "a token that holds, for what takes more",
      request: get("/metrics", ["Authorization", `Bearer ${good}`]),
      answer: [403],
    },
  ];
}

/** Signed by what the server keeps for another purpose: its public key, as the secret that both know. */
export async function confusedInputs(clock: Clock, { publicKey }: TokenKeys): Promise<readonly BadInput[]> {
  const pem = await exportSPKI(publicKey);
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const jwk = await exportJWK(publicKey);
  const encoder = new TextEncoder();
  const keys: readonly [string, Uint8Array][] = [
    ["its public key as PEM", encoder.encode(pem)],
    ["its public key as PEM without the last line break", encoder.encode(pem.trim())],
    ["its public key as DER", der],
    ["its public key as JSON", encoder.encode(JSON.stringify(jwk))],
    ["the modulus of its public key", Uint8Array.fromBase64(jwk.n!, { alphabet: "base64url" })],
    ["32 zeros", new Uint8Array(32)],
  ];
  return await Promise.all(keys.map(async ([what, key]) => {
    const token = await signToken(clock, { key, head: { alg: "HS256", kid: "one" } });
    return refused(`a token signed (HS256) with ${what}`, get("/api/jobs", ["Authorization", `Bearer ${token}`]));
  }));
}

function refused(what: string, request: BadInput["request"]): BadInput {
  return { what, request, answer: [401] };
}

const encoded = (value: unknown): string =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });

function withHead(token: string, head: object, signature = token.split(".")[2]!): string {
  const base = "alg" in head || Object.keys(head).length === 0 ? {} : { alg: "HS256" };
  return `${encoded({ ...base, ...head })}.${token.split(".")[1]}.${signature}`;
}

function tamperedWith(token: string): readonly (readonly [what: string, token: string])[] {
  const [head, payload, signature] = token.split(".") as [string, string, string];
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" })));
  const flipped = (signature[0] === "A" ? "B" : "A") + signature.slice(1);
  return [
    ["another role", `${head}.${encoded({ ...claims, role: "platform" })}.${signature}`],
    ["another tenant", `${head}.${encoded({ ...claims, tenant: "beta" })}.${signature}`],
    ["another end", `${head}.${encoded({ ...claims, exp: claims.exp + 1 })}.${signature}`],
    ["a signature of which a bit is turned", `${head}.${payload}.${flipped}`],
    ["half of its signature", `${head}.${payload}.${signature.slice(0, 20)}`],
    ["no signature", `${head}.${payload}.`],
    ["no signature and no point", `${head}.${payload}`],
    ["its signature twice", `${head}.${payload}.${signature}${signature}`],
    ["a fourth part", `${token}.${signature}`],
    ["padding", `${head}.${payload}=.${signature}`],
    ["no payload", `${head}..${signature}`],
    ["no head", `.${payload}.${signature}`],
    ["a payload that is a list", `${head}.${encoded([claims])}.${signature}`],
    ["a payload that is null", `${head}.${encoded(null)}.${signature}`],
    ["a head that is a list", `${encoded([])}.${payload}.${signature}`],
    ["the parts in another order", `${payload}.${head}.${signature}`],
  ];
}
