import { dirname, join, resolve } from "node:path";
import { parseMailUrl } from "../actor/mail_url.ts";
import { type Maildir, openMaildir } from "../upstream/mail/read_maildir.ts";
import type { Config } from "./config.ts";

export interface ChosenMail {
  /** As SMTP_URL, with whole paths; empty when nothing says where letters go. */
  readonly url: string;
  /** Null when letters are sent, or dropped. */
  readonly maildir: Maildir | null;
}

/**
 * Where letters go: as SMTP_URL says, else into a folder beside the database's file. On Deno Deploy, where files are lost, it
 * has to say: letters wait until it does.
 */
export function chooseMail(
  { SMTP_URL, DATABASE_URL }: Pick<Config, "SMTP_URL" | "DATABASE_URL">,
  { onDeploy }: { onDeploy: boolean },
): ChosenMail {
  const url = SMTP_URL ?? (onDeploy ? "" : `maildir:${join(dataFolder(DATABASE_URL), "mail")}`);
  const place = parseMailUrl(url);
  if (place?.to !== "maildir") return { url, maildir: null };
  const path = resolve(place.path);
  return { url: `maildir:${path}`, maildir: openMaildir(path) };
}

function dataFolder(databaseUrl: string): string {
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(databaseUrl)?.[1];
  return path === undefined ? "data" : dirname(path);
}
