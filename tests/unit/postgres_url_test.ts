import assert from "node:assert/strict";
import { parsePostgresUrl, postgresUrlOf, shownUrl } from "../../runtime/store/postgres/url.ts";

Deno.test("shownUrl() hides whatever lets somebody in, also where the address is wrong", () => {
  const shown = {
    "postgres://ann:hush@db:5432/mail": "postgres://ann:***@db:5432/mail",
    "postgresql://ann@db/mail?password=hush&sslmode=verify-full":
      "postgresql://ann@db/mail?password=***&sslmode=verify-full",
    "postgres://db/mail?sslkey=/keys/hush": "postgres://db/mail?sslkey=***",
    "postgres://ann:hush@db:x/mail": "postgres://…",
    "sqlite:./data/mailroom.db": "sqlite:./data/mailroom.db",
  };
  for (const [url, expected] of Object.entries(shown)) assert.equal(shownUrl(url), expected);
});

Deno.test("parsePostgresUrl() takes one server and says nothing of an address that it refuses", () => {
  assert.equal(parsePostgresUrl("postgres://ann:p%40ss@[::1]:6000/mail").password, "p%40ss");
  for (const url of ["postgres://ann:hush@a,b/mail", "postgres://hush hush/mail", "postgres:hush", "mysql://hush"]) {
    assert.throws(() => parsePostgresUrl(url), (error) => {
      assert.match(String(error), /postgres:\/\/<user>/);
      assert.doesNotMatch(String(error), /hush/);
      return true;
    });
  }
});

Deno.test("postgresUrlOf() puts the parts together as those who know Postgres mean them", () => {
  assert.equal(postgresUrlOf({ PGUSER: "ann", PGDATABASE: "mail" }), undefined);
  assert.equal(postgresUrlOf({ PGHOST: "" }), undefined);
  assert.equal(postgresUrlOf({ PGHOST: "db", PGPORT: "6000" }), "postgres://db:6000/");
  const parts = { PGHOST: "/run/pg", PGPORT: "6000", PGUSER: "a/b", PGPASSWORD: "@:", PGDATABASE: "mail" };
  assert.equal(postgresUrlOf(parts), "postgres://a%2Fb:%40%3A@localhost/mail?host=%2Frun%2Fpg&port=6000");
});
