import type { Page } from "playwright-core";
import { apiOf } from "./api.ts";
import type { SharedServer } from "./shared_server.ts";
import { type OpenPage, openPage, type PagesOf } from "./open_page.ts";

/** A page of the console. */
export function openConsole<Server extends PagesOf>(server: Server, path: string): Promise<OpenPage<Server>> {
  return openPage(server, { path, says: "Live" });
}

/** From its next loading on the page asks for itself when the feed tells of something, and at no other time. */
export async function trustFeedAlone(page: Page): Promise<void> {
  await page.addInitScript(`{
    const { setTimeout: begin } = globalThis;
    globalThis.setTimeout = (act, ms, ...more) => ms >= 2_000 ? 0 : begin(act, ms, ...more);
  }`);
}

/** Whoever would see that the page was loaded anew: it is gone then. */
export async function markPage(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate("globalThis.isTheSamePage = true");
  return () => page.evaluate("globalThis.isTheSamePage === true") as Promise<boolean>;
}

/** Elements of the page that reach beyond its window or the card that they stand in, though nothing scrolls there. */
export async function cutOff(page: Page): Promise<readonly string[]> {
  return await page.evaluate(`(() => {
    const scrolls = (node) => node !== null && node !== document.body &&
      (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
    return [...document.querySelectorAll("main *")]
      .filter((node) => !(node instanceof SVGElement) && !scrolls(node) && !node.closest(".unseen, [popover]"))
      .filter((node) => !node.closest("details:not([open]) > :not(summary)"))
      .filter((node) => {
        const { left, right, width } = node.getBoundingClientRect();
        const card = node.closest(".card")?.getBoundingClientRect();
        const most = Math.min(innerWidth, card?.right ?? Infinity);
        return width > 0 && (right > most + 1 || left < -1);
      })
      .map((node) => node.tagName.toLowerCase() + "." + node.className);
  })()`);
}

/** A server's console with something of everything on it: done and failed, parked, paused, waiting, long names. */
export async function fillConsole(server: SharedServer): Promise<{ readonly failed: string }> {
  const { send, submit, waitFor } = apiOf(server);
  const make = async (method: string, path: string, body?: unknown) => {
    const response = await send(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  };
  const long = "x".repeat(90);
  const { id: failed } = await submit({ type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 3 });
  await waitFor(failed, "failed");
  const { id: done } = await submit({ type: "flaky", payload: { succeedsAt: 2 } });
  await waitFor(done, "succeeded");
  await submit({ type: "sleepy", payload: { ms: 600_000 }, timeoutMs: 900_000 });
  await submit({ type: "report", payload: {}, delayMs: 3_600_000, dedupeKey: long });
  for (const breaks of [true, true, true, false]) await make("POST", `/api/actors/brittle/${long}/touch`, { breaks });
  await make("POST", "/api/actors/spawner/main/spawn", { children: 3, atOnce: 3 });
  await make("POST", "/api/actors/counter/main/add", { by: 3 });
  await make("POST", "/api/schedules", {
    name: "often",
    everyMs: 60_000,
    target: { kind: "counter", key: "main", message: "add", payload: { by: 1 } },
  });
  await make("POST", "/api/schedules", {
    name: `l${"-ong".repeat(20)}`,
    cron: "30 2 * * 1-5",
    timeZone: "America/Argentina/ComodRivadavia",
    enabled: false,
    target: { type: "report", payload: {} },
  });
  await make("POST", "/api/schedules/often/run");
  await make("POST", "/api/tenants", {
    id: `${server.tenant}-acme`,
    name: `Acme ${"Car Wash ".repeat(8)}`,
    settings: { concurrency: 4 },
  });
  await make("POST", "/api/tenants", { id: `${server.tenant}-beta` });
  await make("POST", `/api/tenants/${server.tenant}-beta/suspend`);
  await make("POST", "/api/kinds/webhook/pause");
  // Nothing answers there: it fails, with a text that says so.
  await make("POST", "/api/streams", { name: "down", baseUrl: "http://127.0.0.1:45999/scans", pollIntervalMs: 60_000 });
  await make("POST", "/api/streams", { name: `s${"-treams".repeat(14)}`, baseUrl: `http://127.0.0.1:45999/${long}` });
  await make("POST", `/api/streams/s${"-treams".repeat(14)}/pause`, {});
  return { failed };
}
