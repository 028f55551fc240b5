import { dirname, join, resolve } from "node:path";
import { parseMailUrl } from "../actor/mail_url.ts";
import type { Clock } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { TenantFiles } from "../tenant/contract.ts";
import { keepMaildir } from "../upstream/mail/keep_maildir.ts";
import { type Maildir, openMaildir } from "../upstream/mail/read_maildir.ts";
import type { Config } from "./config.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface ChosenMail {
  /** As SMTP_URL, with whole paths; empty when nothing says where letters go. */
  readonly url: string;
  /** Null when letters are sent, or dropped. */
  readonly maildir: Maildir | null;
  /** Keeps the maildir within its bounds; undefined where there is none. */
  keep(ports: { readonly clock: Clock; readonly diagnostics: Diagnostics }): TenantFiles | undefined;
}

type MailConfig = Pick<Config, "SMTP_URL" | "DATABASE_URL" | "MAIL_KEPT_DAYS" | "MAIL_KEPT">;

/**
 * Where letters go: as SMTP_URL says, else into a folder beside the database's file. On Deno Deploy, where files are lost, it
 * has to say: letters wait until it does.
 */
export function chooseMail(
  { SMTP_URL, DATABASE_URL, MAIL_KEPT_DAYS, MAIL_KEPT }: MailConfig,
  { onDeploy }: { onDeploy: boolean },
): ChosenMail {
  const url = SMTP_URL ?? (onDeploy ? "" : `maildir:${join(dataFolder(DATABASE_URL), "mail")}`);
  const place = parseMailUrl(url);
  if (place?.to !== "maildir") return { url, maildir: null, keep: () => undefined };
  const path = resolve(place.path);
  return {
    url: `maildir:${path}`,
    maildir: openMaildir(path),
    keep: (ports) => keepMaildir(path, { keptMs: MAIL_KEPT_DAYS * DAY_MS, kept: MAIL_KEPT, ...ports }),
  };
}

function dataFolder(databaseUrl: string): string {
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(databaseUrl)?.[1];
  return path === undefined ? "data" : dirname(path);
}
