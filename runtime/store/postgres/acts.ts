import type { PlannedEntry } from "./planned_entry.ts";
import { type Session, statement } from "./session.ts";
import type { KindSweeps } from "./sweeps.ts";

const SQL = {
  pause: statement(
    `insert into paused_kinds (tenant, kind, "by", "at") values ($1, $2, $3, $4) on conflict do nothing`,
  ),
  unpause: statement("delete from paused_kinds where tenant = $1 and kind = $2"),
};

/** Runs what is a statement of its own; sweeps are waited for, as each of their statements needs the answer to the last. */
export async function runActs(session: Session, works: readonly PlannedEntry[], sweeps: KindSweeps): Promise<void> {
  for (const work of works) {
    const { tenant, at } = work;
    for (const act of work.acts) {
      switch (act.write) {
        case "pause":
          session.send(SQL.pause, [tenant, act.kind, act.by, at]);
          break;
        case "unpause":
          session.send(SQL.unpause, [tenant, act.kind]);
          break;
        case "sweep":
          work.sweeps(await sweeps.keysAndBlobs(session, act));
          break;
        case "sweep-letters":
          work.sweeps(await sweeps.letters(session, act));
          break;
        case "sweep-blobs":
          work.sweeps(await sweeps.orphans(session, act));
          break;
        case "erase":
          await sweeps.eraser.erase(session, work, act);
          break;
        case "sweep-rows":
          work.sweeps(await sweeps.rows(session, act));
          break;
      }
    }
  }
}
