import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../runtime/core/clock.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { TenantFiles } from "../../runtime/tenant/contract.ts";
import { keepMaildir } from "../../runtime/upstream/mail/keep_maildir.ts";
import { before } from "../support/deadline.ts";
import { setup } from "../support/test_system.ts";

const DEED = { tenant: "ops", by: "ada", rows: [] };
const LEAVING = { ...DEED, lastRows: [] };

async function place(): Promise<{ readonly path: string; readonly keeping: TenantFiles } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-files-" });
  for (const tenant of ["acme", "zen"]) {
    await Deno.mkdir(join(path, tenant, "new"), { recursive: true });
    for (const name of ["a.email", "b.email"]) await Deno.writeTextFile(join(path, tenant, "new", name), "Hello");
  }
  const ports = { clock: systemClock, diagnostics: createDiagnostics() };
  const keeping = keepMaildir(path, { keptMs: Infinity, kept: 100, ...ports });
  return {
    path,
    keeping,
    async [Symbol.asyncDispose]() {
      keeping.stop();
      await Deno.remove(path, { recursive: true });
    },
  };
}

const foldersIn = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("Tenants.remove() removes the tenant's files with its rows, and no other's (S0-1)", async () => {
  await using files = await place();
  await using node = await setup({ files: files.keeping });
  await node.system.tenants.create({ id: "acme", name: "acme" }, DEED);
  const gone = node.recorder.next("tenant.deleted");
  await node.system.tenants.remove("acme", LEAVING);
  await gone;
  assert.deepEqual(foldersIn(files.path), ["zen"]);
});

Deno.test("a node that was down when a tenant was deleted removes its files when it starts, but no newer ones", async () => {
  await using files = await place();
  let isDown = true;
  const removed = Promise.withResolvers<void>();
  const keeping: TenantFiles = {
    ...files.keeping,
    async remove(tenant, which) {
      if (isDown) return;
      await files.keeping.remove(tenant, which).then(removed.resolve, removed.reject);
    },
  };
  await using node = await setup({ files: keeping });
  await node.system.tenants.create({ id: "acme", name: "acme" }, DEED);
  const gone = node.recorder.next("tenant.deleted");
  await node.system.tenants.remove("acme", LEAVING);
  await gone;
  const later = join(files.path, "acme", "new", "c.email");
  await Deno.writeTextFile(later, "Hello again");
  await Deno.utime(later, new Date(), new Date(systemClock.now() + 1_000));
  isDown = false;
  await node.restart();
  await before(removed.promise, 5_000, () => new Error("Nobody has removed the files"));
  assert.deepEqual(foldersIn(join(files.path, "acme", "new")), ["c.email"]);
  assert.deepEqual(foldersIn(join(files.path, "zen", "new")), ["a.email", "b.email"]);
});

Deno.test("Tenants.remove() removes the rest of the files in the next life when the node dies amid them", async () => {
  await using files = await place();
  const amid = Promise.withResolvers<void>();
  const removed: string[] = [];
  const keeping: TenantFiles = {
    ...files.keeping,
    async remove(tenant) {
      removed.push(tenant);
      if (removed.length > 1) return await files.keeping.remove(tenant);
      await Deno.remove(join(files.path, tenant, "new", "a.email"));
      amid.resolve();
      // The node dies here.
      await new Promise(() => {});
    },
  };
  await using node = await setup({ files: keeping });
  await node.system.tenants.create({ id: "acme", name: "acme" }, DEED);
  await node.system.tenants.remove("acme", LEAVING);
  await amid.promise;
  assert.equal((await node.system.tenants.get("acme"))?.status, "deleting");
  const gone = node.recorder.next("tenant.deleted");
  await node.restart();
  await gone;
  assert.deepEqual(foldersIn(files.path), ["zen"]);
  assert.equal(await node.system.tenants.get("acme"), null);
});
