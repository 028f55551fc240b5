import assert from "node:assert/strict";
import { createRotation } from "../../runtime/mailbox/rotation.ts";

/** Serves `turns` single turns from endless backlogs and counts them by tenant. */
function share(weights: Readonly<Record<string, number>>, turns: number): Record<string, number> {
  const rotation = createRotation((tenant) => weights[tenant]!);
  const served: Record<string, number> = {};
  let left = turns;
  for (const tenant of Object.keys(weights)) rotation.join(tenant);
  rotation.turn((tenant, credit) => {
    const taken = Math.min(credit, left);
    left -= taken;
    served[tenant] = (served[tenant] ?? 0) + taken;
    return taken;
  }, () => left > 0);
  return served;
}

Deno.test("createRotation() gives a tenant of weight 3 three times the turns of one of weight 1", () => {
  const served = share({ heavy: 3, light: 1 }, 4_000);
  assert.equal(served["heavy"]! / served["light"]!, 3);
});

Deno.test("createRotation() gives each tenant its quantum in one go, as it is now, times its weight", () => {
  let quantum = 4;
  const rotation = createRotation((tenant) => tenant === "heavy" ? 3 : 1, () => quantum);
  const goes: string[] = [];
  rotation.join("heavy");
  rotation.join("light");
  rotation.turn((tenant, credit) => {
    goes.push(`${tenant} ${credit}`);
    if (goes.length === 2) quantum = 1;
    return credit;
  }, () => goes.length < 4);
  assert.deepEqual(goes, ["heavy 12", "light 4", "heavy 3", "light 1"]);
});

Deno.test("createRotation() makes a tenant that got a long run at once wait until the others have caught up", () => {
  const rotation = createRotation(() => 1);
  const order: string[] = [];
  rotation.join("hot");
  rotation.join("calm");
  let left = 6;
  rotation.turn((tenant) => {
    left--;
    order.push(tenant);
    return tenant === "hot" ? 24 : 8;
  }, () => left > 0);
  assert.deepEqual(order, ["hot", "calm", "calm", "calm", "hot", "calm"]);
});

Deno.test("createRotation() leaves a tenant without work out until it joins again", () => {
  const rotation = createRotation(() => 1);
  const asked: string[] = [];
  const serve = (tenant: string) => {
    asked.push(tenant);
    return 0;
  };
  rotation.join("idle");
  rotation.turn(serve, () => true);
  rotation.turn(serve, () => true);
  assert.deepEqual(asked, ["idle"]);
  rotation.join("idle");
  rotation.turn(serve, () => true);
  assert.deepEqual(asked, ["idle", "idle"]);
});

Deno.test("createRotation() keeps the place of a tenant that was cut short by a lack of room", () => {
  const rotation = createRotation(() => 8);
  const order: string[] = [];
  let room = 3;
  const serve = (tenant: string, credit: number) => {
    const taken = Math.min(credit, room);
    room -= taken;
    order.push(`${tenant}:${taken}`);
    return taken;
  };
  rotation.join("one");
  rotation.join("two");
  rotation.turn(serve, () => room > 0);
  room = 8;
  rotation.turn(serve, () => room > 0);
  assert.deepEqual(order, ["one:3", "one:5", "two:3"]);
});

Deno.test("createRotation() lets a tenant that came to a limit go on with its turn when it joins again", () => {
  const rotation = createRotation((tenant) => tenant === "heavy" ? 3 : 1);
  const order: string[] = [];
  let limited = true;
  let room = 0;
  const serve = (tenant: string, credit: number) => {
    if (tenant === "heavy" && limited) return 0;
    const taken = Math.min(credit, room);
    room -= taken;
    order.push(`${tenant}:${taken}`);
    return taken;
  };
  for (const tenant of ["heavy", "light"]) rotation.join(tenant);
  room = 1;
  rotation.turn(serve, () => room > 0);
  limited = false;
  rotation.join("heavy");
  room = 4;
  rotation.turn(serve, () => room > 0);
  assert.deepEqual(order, ["light:1", "heavy:3", "light:1"]);
});

Deno.test("createRotation() lets a tenant that came to a limit in the middle of its turn go on before the others", () => {
  const rotation = createRotation((tenant) => tenant === "heavy" ? 3 : 1, () => 4);
  const served: Record<string, number> = { heavy: 0, light: 0 };
  let [room, limit] = [0, 0];
  const serve = (tenant: string, credit: number) => {
    const taken = Math.min(credit, room, tenant === "heavy" ? limit : Infinity);
    room -= taken;
    if (tenant === "heavy") limit -= taken;
    served[tenant]! += taken;
    return taken;
  };
  // What runs, six of a tenant at most, ends all at once.
  for (let batch = 0; batch < 100; batch++) {
    [room, limit] = [8, 6];
    for (const tenant of ["heavy", "light"]) rotation.join(tenant);
    rotation.turn(serve, () => room > 0);
  }
  // Three times as much, but for a go.
  assert.ok(Math.abs(served["heavy"]! - 3 * served["light"]!) <= 12, JSON.stringify(served));
});

/**
 * A rotation over what waits of each tenant, as the dispatcher has it: a tenant without any leaves when it is asked, and
 * what was served has ended before the next turn.
 */
function rotate(quantum: number) {
  const rotation = createRotation(() => 1, () => quantum);
  const waiting = new Map<string, number>();
  const goes: string[] = [];
  const ran = new Set<string>();
  let room = 0;
  const serve = (tenant: string, credit: number) => {
    const left = waiting.get(tenant) ?? 0;
    if (left === 0) rotation.leave(tenant);
    const taken = Math.min(credit, left, room);
    if (taken > 0) {
      goes.push(`${tenant}:${taken}`);
      ran.add(tenant);
    }
    waiting.set(tenant, left - taken);
    room -= taken;
    return taken;
  };
  return {
    offer(tenant: string, turns: number) {
      waiting.set(tenant, (waiting.get(tenant) ?? 0) + turns);
      rotation.join(tenant);
    },
    /** Goes that were had with so much room. */
    turn(more: number): string[] {
      for (const tenant of ran) rotation.join(tenant);
      ran.clear();
      room = more;
      rotation.turn(serve, () => room > 0);
      return goes.splice(0);
    },
  };
}

Deno.test("createRotation() serves a tenant that comes with its first work before those that wait, for one go", () => {
  const { offer, turn } = rotate(4);
  for (const tenant of ["a", "b", "c"]) offer(tenant, 100);
  assert.deepEqual(turn(12), ["a:4", "b:4", "c:4"]);
  offer("new", 10);
  assert.deepEqual(turn(2), ["new:2"]);
  assert.deepEqual(turn(22), ["new:2", "a:4", "b:4", "c:4", "new:4", "a:4"]);
});

Deno.test("createRotation() serves one that comes and goes before the others once a round at most", () => {
  const { offer, turn } = rotate(4);
  for (const tenant of ["a", "b", "c"]) offer(tenant, 100);
  assert.deepEqual(turn(12), ["a:4", "b:4", "c:4"]);
  offer("brief", 1);
  assert.deepEqual(turn(13), ["brief:1", "a:4", "b:4", "c:4"]);
  assert.deepEqual(turn(4), ["a:4"]);
  offer("brief", 1);
  assert.deepEqual(turn(9), ["b:4", "c:4", "brief:1"]);
  // It leaves, and its place passes by: now it comes anew.
  assert.deepEqual(turn(24), ["a:4", "b:4", "c:4", "a:4", "b:4", "c:4"]);
  assert.deepEqual(turn(1), ["a:1"]);
  offer("brief", 1);
  assert.deepEqual(turn(1), ["brief:1"]);
});
