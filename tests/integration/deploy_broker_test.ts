import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../runtime/core/clock.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { openOnDeploy } from "../support/broker_rig.ts";
import { make } from "../support/fetch_call.ts";
import { openOutside } from "../support/outside.ts";
import { openRawOutside } from "../support/raw_outside.ts";
import { callContract } from "./broker_contract/calls.ts";
import { givenBaseContract } from "./broker_contract/given_bases.ts";
import { upstreamContract } from "./broker_contract/upstreams.ts";
import { userAddressContract } from "./broker_contract/user_addresses.ts";

const SETUP = { reach: "user-addresses", upstreams: [], allowed: ["127.0.0.0/8"], webhookKeys: [] } as const;
const fileOf = (name: string) => fileURLToPath(import.meta.resolve(name));
/** Another one where an older Deno, which does not know all that stands in it, runs this file. */
const CONFIG = Deno.env.get("MAILROOM_TEST_CONFIG") ?? fileOf("../deno.json");

callContract("on Deno Deploy", openOnDeploy);
upstreamContract("on Deno Deploy", openOnDeploy);
userAddressContract("on Deno Deploy", openOnDeploy);
givenBaseContract("on Deno Deploy", openOnDeploy);

Deno.test("a call on Deno Deploy goes to the address that was checked, whatever the name is by then", async () => {
  await using outside = openOutside();
  let asked = 0;
  const resolve = () => Promise.resolve(++asked === 1 ? ["127.0.0.2", "127.0.0.1"] : ["10.0.0.1"]);
  const broker = openBroker(SETUP, { clock: systemClock, resolve, keepsConnections: false });
  const url = `http://moving.example:${outside.port}/echo`;
  const { headers } = JSON.parse((await make(broker, url)).text);
  assert.equal(headers.host, `moving.example:${outside.port}`);
  await assert.rejects(make(broker, url), { code: "address-refused" });
  assert.equal(asked, 2);
});

Deno.test("a call on Deno Deploy trusts a certificate for its name and by its authority only", async () => {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(fileOf("../support/tls/server.pem")),
    key: Deno.readTextFileSync(fileOf("../support/tls/server_key.pem")),
    onListen() {},
  }, () => new Response("trusted"));
  const callAt = async (host: string, env: Record<string, string>) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--no-lock", "--config", CONFIG, fileOf("../support/call_by_socket.ts")],
        `https://${host}:${server.addr.port}/`,
      ],
      env,
    }).output();
    return new TextDecoder().decode(stdout);
  };
  try {
    const trusting = { DENO_CERT: fileOf("../support/tls/authority.pem") };
    assert.equal(await callAt("localhost", trusting), "trusted");
    assert.match(await callAt("127.0.0.1", trusting), /its TLS certificate cannot be trusted/);
    assert.match(await callAt("localhost", {}), /its TLS certificate cannot be trusted/);
  } finally {
    await server.shutdown();
  }
});

const ANSWERS: readonly (readonly [what: string, bytes: string, text: string | RegExp])[] = [
  [
    "interim answers before it",
    "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "ok",
  ],
  [
    "chunks with extensions and trailers",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nt: 1\r\n\r\n",
    "ok",
  ],
  ["an end by the end of the connection", "HTTP/1.0 200\r\n\r\nok", "ok"],
  ["more than its length", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", "ok"],
  ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!", /no HTTP/],
  [
    "a length beside chunks",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    /no HTTP/,
  ],
  ["another transfer coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", /no HTTP/],
  ["a chunk without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-2\r\nok\r\n", /no HTTP/],
  ["a folded header", "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\n\r\n", /no HTTP/],
  ["interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(7), /no HTTP/],
  ["a head without end", `HTTP/1.1 200 OK\r\n${"x: 1234567890\r\n".repeat(10_000)}`, /no HTTP/],
  ["a line without end", "HTTP/1.1 200 OK".repeat(10_000), /no HTTP/],
];
for (const [what, bytes, expected] of ANSWERS) {
  Deno.test(`a call on Deno Deploy takes an answer with ${what} for what it is`, async () => {
    await using raw = openRawOutside(bytes);
    await using rig = openOnDeploy(SETUP);
    if (typeof expected === "string") assert.equal((await make(rig.broker, `${raw.url}/`)).text, expected);
    else await assert.rejects(make(rig.broker, `${raw.url}/`), { code: "upstream-failed", message: expected });
  });
}
