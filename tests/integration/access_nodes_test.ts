import assert from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { createCommitWatchers } from "../../runtime/events/publishing_store.ts";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { before } from "../support/deadline.ts";
import { ORIGIN } from "../support/test_app.ts";
import { bearer, secretAuthentication } from "../support/tokens.ts";

/** Another node's HTTP side over the same rows, which hears of what this one changes when it is told. */
interface Other {
  get(path: string, headers: Readonly<Record<string, string>>): Promise<Response>;
  /** What the other was hinted; nothing is told before this. */
  hear(): void;
  /** It looks anew, whatever it was hinted. */
  look(): void;
}

async function otherNode({ node: { system } }: AccessRig): Promise<Other> {
  const rows = createCommitWatchers();
  const hinted: string[] = [];
  system.keptRows.changed = (tenant) => void hinted.push(tenant);
  const app = createApp({
    system: { ...system, keptRows: { changed() {}, watch: rows.watch } },
    clock: systemClock,
    config: { port: () => 8000, maxStreams: 100, version: "0.1.0" },
    authentication: await secretAuthentication(systemClock),
    onError: (error) => assert.fail(`${error}`),
    startedAt: systemClock.now(),
  });
  return {
    get: async (path, headers) => await app.request(ORIGIN + path, { headers }),
    hear() {
      for (const tenant of hinted.splice(0)) rows.tell(tenant);
    },
    look: () => rows.tell(null),
  };
}

async function createKey(rig: AccessRig, role = "viewer"): Promise<{ id: string; headers: Record<string, string> }> {
  const { text } = await rig.send({
    method: "POST",
    path: "/api/keys",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "reader", role }),
  }, await rig.as("admin", "acme"));
  const { id, key } = JSON.parse(text);
  return { id, headers: bearer(key) };
}

const ended = async (stream: Response) =>
  await before(stream.body!.pipeTo(new WritableStream()), 5_000, () => new Error("The stream did not end"));

for (const how of ["hear", "look"] as const) {
  Deno.test(`a key that one node revokes lets nobody in at another that ${how}s, and what it reads there ends`, async () => {
    await using rig = await setupAccess();
    const other = await otherNode(rig);
    const [revoked, kept] = [await createKey(rig), await createKey(rig)];
    const stream = await other.get("/api/notifications/stream", revoked.headers);
    const keptStream = await other.get("/api/notifications/stream", kept.headers);
    assert.deepEqual([stream.status, keptStream.status], [200, 200]);
    const { status } = await rig.send(
      { method: "DELETE", path: `/api/keys/${revoked.id}` },
      await rig.as("admin", "acme"),
    );
    assert.equal(status, 204);
    other[how]();
    assert.equal((await other.get("/api/jobs", revoked.headers)).status, 401);
    await ended(stream);
    assert.equal((await other.get("/api/jobs", kept.headers)).status, 200);
    const reader = keptStream.body!.getReader();
    assert.equal((await reader.read()).done, false);
    await reader.cancel();
  });
}

Deno.test("a session that ends at one node ends at another, and so does what it reads there", async () => {
  await using rig = await setupAccess();
  const other = await otherNode(rig);
  const { headers: key } = await createKey(rig);
  const opened = await rig.fetch({ method: "POST", path: "/api/session" }, key);
  assert.ok(opened.ok, `${opened.status}`);
  const cookie = { Cookie: opened.headers.get("set-cookie")!.split(";")[0]!, "Sec-Fetch-Site": "same-origin" };
  await opened.body?.cancel();
  const stream = await other.get("/api/notifications/stream", cookie);
  assert.equal(stream.status, 200);
  const closed = await rig.send({ method: "DELETE", path: "/api/session" }, { ...cookie, Origin: ORIGIN });
  assert.equal(closed.status, 204, closed.text);
  other.hear();
  assert.equal((await other.get("/api/jobs", cookie)).status, 401);
  await ended(stream);
});
