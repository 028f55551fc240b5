import assert from "node:assert/strict";
import { permissionKey, unionOfPermissions, workerPermissions } from "../../runtime/host/permission_sets.ts";

Deno.test("permissionKey() is the same for the same permissions in any order", () => {
  assert.equal(permissionKey({ net: ["b", "a"] }), permissionKey({ net: ["a", "b"], env: [] }));
  assert.notEqual(permissionKey({ net: ["a"] }), permissionKey({ env: ["a"] }));
  assert.notEqual(permissionKey({ net: ["a"] }), permissionKey(null));
});

Deno.test("workerPermissions() leaves out what was not asked for", () => {
  assert.equal(workerPermissions(null), "none");
  assert.deepEqual(workerPermissions({ net: ["mail:25"], env: [] }), { net: ["mail:25"] });
});

Deno.test("unionOfPermissions() gathers what any kind asks for", () => {
  const kinds = new Map([
    ["none", { permissions: null }],
    ["mail", { permissions: { net: ["mail:25"], env: ["USER"] } }],
    ["file", { permissions: { read: ["/etc"], env: ["USER"] } }],
  ]);
  assert.deepEqual(unionOfPermissions({ kinds }), { net: ["mail:25"], read: ["/etc"], env: ["USER"] });
});
