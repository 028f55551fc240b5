/// <reference lib="dom" />
// @ts-check
import { find, setText } from "./elements.js";
import { leadToSignIn } from "./way_back.js";
import { who } from "./who.js";

/** Who is signed in, in the header, and the way out. Only who reaches other tenants is offered them. */
export function createWhoControl() {
  find("tenant-form", HTMLElement).hidden = who.role !== "platform";
  find("metrics-link", HTMLElement).hidden = who.role !== "platform";
  if (who.shown === "nothing") return;

  const subject = find("who-subject", HTMLElement);
  setText(subject, who.subject);
  subject.title = who.subject;
  setText(find("who-role", HTMLElement), who.role);
  setText(find("who-tenant", HTMLElement), who.tenant);
  find("who", HTMLElement).hidden = false;

  const button = find("sign-out", HTMLButtonElement);
  button.hidden = who.shown !== "session";
  button.addEventListener("click", async () => {
    button.disabled = true;
    const response = await fetch("/api/session", { method: "DELETE" }).catch(() => null);
    // Without a session there is nothing to sign out of.
    if (response?.ok || response?.status === 401) return leadToSignIn();
    button.disabled = false;
    const notice = find("notice", HTMLElement);
    setText(notice, "You are still signed in: the server could not end the session. Try again.");
    notice.hidden = false;
  });
}
