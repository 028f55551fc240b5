import type { Clock, System } from "../runtime/mod.ts";
import { checkOf, type HealthCheck } from "./health_check.ts";

const WINDOW_MS = 5 * 60_000;
/** One is contained and costs nobody an attempt; so many within the window, and some handler does it again and again. */
const MANY = 5;

/** Whether the workers and processes in which handlers run stay alive; those that were lost with their turns count. */
export function watchHosts({ diagnostics }: Pick<System, "diagnostics">, clock: Clock): () => HealthCheck {
  let lost: readonly { readonly at: number; readonly reason: string }[] = [];
  diagnostics.observe((told) => {
    const isLoss = (told.event === "child.lost" || told.event === "worker.replaced") && told.lost > 0;
    if (isLoss) lost = [...lost.slice(1 - MANY), { at: clock.monotonic(), reason: told.reason }];
  });
  return () => {
    const recent = lost.filter(({ at }) => at > clock.monotonic() - WINDOW_MS);
    const why = `workers were lost with their turns ${MANY} times and more within 5 minutes, the last one because `;
    return checkOf("hosts", recent.length < MANY ? [] : [`${why}${recent.at(-1)!.reason}: see the log for the actors`]);
  };
}
