import { DedupeKeys } from "./dedupe_keys.ts";
import { NewHeads, type Ownership } from "./heads.ts";
import { Mailboxes } from "./mail.ts";
import { BlobPlanner } from "./plan_blobs.ts";
import { ClaimPlanner } from "./plan_claims.ts";
import { MailPlanner } from "./plan_mailbox.ts";
import { SupervisionPlanner } from "./plan_supervision.ts";
import { Seqs } from "./seqs.ts";
import { UndoLog } from "./undo.ts";
import { DueHeads } from "./wakes.ts";

/** All that a batch may look at, as it was read under its locks and as the batch has changed it so far. */
export class BatchState {
  readonly undo: UndoLog = new UndoLog();
  readonly mailboxes: Mailboxes = new Mailboxes(this.undo);
  readonly dedupe: DedupeKeys = new DedupeKeys(this.undo);
  readonly claims: ClaimPlanner = new ClaimPlanner(this.undo);
  readonly blobs: BlobPlanner = new BlobPlanner(this.undo);
  readonly supervision: SupervisionPlanner = new SupervisionPlanner(this.mailboxes);
  readonly letters: Letters = new Letters(this.undo);
  readonly seqs: Seqs;
  readonly heads: NewHeads;
  readonly mail: MailPlanner;

  constructor({ ownership, seqs = new Seqs(), due = new DueHeads() }: {
    ownership: Ownership;
    seqs?: Seqs;
    due?: DueHeads;
  }) {
    this.seqs = seqs;
    this.heads = new NewHeads(ownership, this.undo);
    const { mailboxes, dedupe, heads } = this;
    this.mail = new MailPlanner({ mailboxes, dedupe, heads, seqs, due });
  }
}

/** Dead letters that a batch may take away. */
export class Letters {
  readonly #undo: UndoLog;
  readonly #there = new Set<string>();
  #discarded: string[] = [];

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** One that was read. */
  know(tenant: string, id: string): void {
    this.#there.add(`${tenant}/${id}`);
  }

  /** Whether it was there. */
  discard(tenant: string, id: string): boolean {
    const name = `${tenant}/${id}`;
    if (!this.#there.delete(name)) return false;
    this.#discarded.push(id);
    this.#undo.did(() => {
      this.#there.add(name);
      this.#discarded.pop();
    });
    return true;
  }

  /** Their ids; each is handed out once. */
  take(): readonly string[] {
    return this.#discarded.splice(0);
  }
}
