import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { issueToken } from "../../routes/access/issue_token.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { loadConfig } from "../../runtime/system/config.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { setupApp, START } from "../support/test_app.ts";
import { bearer, SECRET, secretAuthentication } from "../support/tokens.ts";

const clock = new FakeClock(START);
const issue = (args: string, env: Record<string, string> = { AUTH_SECRET: SECRET }) =>
  issueToken(args === "" ? [] : args.split(" "), { config: loadConfig(env), clock });

Deno.test("issueToken() makes a token that the server takes, for twelve hours unless it is told otherwise", async () => {
  const { get } = setupApp({ clock, authentication: await secretAuthentication(clock) });
  const token = await issue("--tenant acme --role operator");
  assert.equal((await get("/api/jobs", bearer(token))).status, 200);
  const nowS = START / 1_000;
  assert.deepEqual({ ...decodeJwt(token) }, {
    tenant: "acme",
    role: "operator",
    iss: "mailroom",
    aud: "mailroom",
    sub: "cli",
    iat: nowS,
    exp: nowS + 12 * 3_600,
  });
  const other = decodeJwt(await issue("--tenant acme --role viewer --subject ann@acme --hours 0.5"));
  assert.deepEqual([other.sub, other.exp], ["ann@acme", nowS + 1_800]);
});

const REFUSED: readonly (readonly [args: string, message: RegExp])[] = [
  ["", /--tenant is missing; --role is missing.*deno task token --tenant/],
  ["--tenant acme", /^--role is missing/],
  ["--tenant ACME --role viewer", /--tenant must be 1-63 of a-z/],
  ["--tenant system --role admin", /--tenant must not be system/],
  ["--tenant acme --role boss", /--role .*"viewer"/],
  ["--tenant acme --role viewer --hours 0", /--hours/],
  ["--tenant acme --role viewer --hours 8761", /--hours/],
  ["--tenant acme --role viewer --hours soon", /--hours must be a number/],
  ["--tenant acme --role viewer --subject acme/counter/main", /--subject must be printable/],
  ["--tenant acme --role viewer --days 3", /Unknown option '--days'.*deno task token/],
  ["acme", /positional/],
];

for (const [args, message] of REFUSED) {
  Deno.test(`issueToken() says what is wrong with: ${args || "nothing"}`, async () => {
    await assert.rejects(issue(args), (error) => {
      assert.ok(error instanceof RuntimeError && error.code === "invalid-config");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("issueToken() makes none without the server's own secret", async () => {
  await assert.rejects(issue("--tenant acme --role viewer", {}), /Set AUTH_SECRET/);
  const env = { AUTH_JWKS_URL: "https://id.example/keys" };
  await assert.rejects(issue("--tenant acme --role viewer", env), /With AUTH_JWKS_URL/);
});
