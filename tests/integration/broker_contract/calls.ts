import assert from "node:assert/strict";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { callerOf, type OpenBroker, WAYS } from "../../support/broker_rig.ts";
import { openOutside } from "../../support/outside.ts";
import { openRawOutside } from "../../support/raw_outside.ts";

const FAILED = { code: "upstream-failed", retryable: true };

/** What holds for every call, wherever it leads. */
export function callContract(place: string, open: OpenBroker): void {
  for (const way of WAYS) {
    const test = (does: string, run: () => Promise<void>) => Deno.test(`a broker of ${way} ${place} ${does}`, run);

    test("sends method, headers and body, and answers with status, headers and text", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      const answer = await caller.call("/echo?q=1", {
        method: "PUT",
        headers: { "x-one": "1", "content-type": "text/plain" },
        body: "täxt",
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-type"], "application/json");
      const { method, path, headers, body } = JSON.parse(answer.text);
      assert.deepEqual([method, path, body], ["PUT", "/echo?q=1", "täxt"]);
      assert.deepEqual([headers["x-one"], headers["content-type"], headers["user-agent"]], [
        "1",
        "text/plain",
        "Mailroom",
      ]);
      assert.equal(headers.host, new URL(outside.url).host);
      assert.equal(headers["content-length"], "5");
    });

    test("answers for every status", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      for (const status of [204, 304, 404, 418, 500, 503]) {
        assert.equal((await caller.call(`/status/${status}`)).status, status);
      }
      assert.deepEqual((await caller.call("/echo", { method: "HEAD" })).text, "");
    });

    test("takes an answer of 1 MiB and none that is larger", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      assert.equal((await caller.call("/full")).text.length, 1024 * 1024);
      await assert.rejects(caller.call("/large"), { ...FAILED, message: /larger than 1048576 bytes/ });
    });

    test("decodes what is encoded, and counts what comes out of it", async () => {
      const encoded = (coding: string, bytes: Uint8Array) => () =>
        new Response(Uint8Array.from(bytes), { headers: { "content-encoding": coding } });
      const text = new TextEncoder().encode("hello");
      await using outside = openOutside({
        "/gzip": encoded("gzip", gzipSync(text)),
        "/br": encoded("br", brotliCompressSync(text)),
        ...(way === "user-addresses" ? { "/deflate": encoded("deflate", deflateSync(text)) } : {}),
        "/broken": encoded("gzip", new TextEncoder().encode("hello ".repeat(100))),
      });
      await using caller = callerOf(open, way, outside.url);
      for (const path of ["/gzip", "/br", ...(way === "user-addresses" ? ["/deflate"] : [])]) {
        const answer = await caller.call(path);
        assert.equal(answer.text, "hello", path);
        assert.equal(answer.headers["content-encoding"], undefined);
      }
      await assert.rejects(caller.call("/bomb"), { ...FAILED, message: /larger than/ });
      await assert.rejects(caller.call("/broken"), { ...FAILED, message: /cannot be decoded/ });
    });

    test("gives up a body that does not end in time, and lets it go", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      await assert.rejects(caller.call("/slow", { timeoutMs: 300 }), { ...FAILED, message: /within 300 ms/ });
      await outside.untilLetGo(1);
      await assert.rejects(caller.call("/silent", { timeoutMs: 300 }), { ...FAILED, message: /within 300 ms/ });
      await outside.untilLetGo(2);
    });

    test("ends a call whose caller has gone", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      for (const path of ["/slow", "/silent"]) {
        const abort = new AbortController();
        const asked = outside.next(path);
        const call = caller.call(path, { signal: abort.signal });
        await asked;
        abort.abort(new Error("the turn is over"));
        await assert.rejects(call, /the turn is over/);
      }
      await outside.untilLetGo(2);
    });

    test("fails when the connection is refused, or is cut in the middle of the body, or speaks no HTTP", async () => {
      const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      closed.close();
      const answers: [string, RegExp][] = [
        ["HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf", /cut the connection/],
        ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", /cut the connection/],
        ["", /cut the connection|no HTTP/],
        ["220 mail.example ESMTP\r\n", /no HTTP|cut the connection/],
      ];
      for (const [bytes, message] of answers) {
        await using raw = openRawOutside(bytes);
        await using caller = callerOf(open, way, raw.url);
        await assert.rejects(caller.call("/"), { ...FAILED, message }, JSON.stringify(bytes));
      }
      await using caller = callerOf(open, way, `http://127.0.0.1:${closed.addr.port}`);
      await assert.rejects(caller.call("/secret?token=hush"), (error: Error) => {
        assert.match(error.message, /refused the connection/);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      });
    });

    test("follows five redirects and no more, or none when told so", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      const nested = (times: number): string =>
        times === 0 ? "/echo" : `/redirect?to=${encodeURIComponent(nested(times - 1))}`;
      assert.equal((await caller.call(nested(5))).status, 200);
      await assert.rejects(caller.call(nested(6)), { ...FAILED, message: /redirects more than 5 times/ });
      await assert.rejects(caller.call("/loop"), FAILED);
      const manual = await caller.call("/redirect?to=/echo", { redirect: "manual" });
      assert.deepEqual([manual.status, manual.headers.location, manual.text], [302, "/echo", "moved"]);
    });

    test("keeps or drops method and body as each redirect says", async () => {
      await using outside = openOutside();
      await using caller = callerOf(open, way, outside.url);
      const after = async (status: number, method: string) => {
        const body = method === "GET" ? null : "b";
        const headers = body === null ? {} : { "content-type": "text/plain" };
        const { text } = await caller.call(`/redirect?to=/echo&status=${status}`, { method, body, headers });
        const { method: then, body: kept, headers: { "content-type": type = "" } } = JSON.parse(text);
        return [then, kept, type].join(" ").trim();
      };
      assert.equal(await after(301, "POST"), "GET");
      assert.equal(await after(302, "POST"), "GET");
      assert.equal(await after(302, "PUT"), "PUT b text/plain");
      assert.equal(await after(303, "PUT"), "GET");
      assert.equal(await after(307, "POST"), "POST b text/plain");
      assert.equal(await after(308, "DELETE"), "DELETE b text/plain");
      assert.equal(await after(302, "GET"), "GET");
    });
  }
}
