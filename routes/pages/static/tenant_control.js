/// <reference lib="dom" />
// @ts-check
import { address, askedTenant, tenant } from "./api.js";
import { find, setText } from "./elements.js";
import { who } from "./who.js";

/** The tenant in the header: a plain form that loads the page with another `?tenant=`. */
export function createTenantControl() {
  const input = find("tenant", HTMLInputElement);
  const button = find("tenant-switch", HTMLButtonElement);
  const notice = find("notice", HTMLElement);

  const arrange = () => {
    button.hidden = input.value === tenant;
  };
  input.value = tenant;
  find("notifications-link", HTMLAnchorElement).href = address("/notifications/ws");
  input.addEventListener("input", arrange);
  arrange();

  if (tenant !== "demo") document.title = `${tenant} · Mailroom`;
  if (askedTenant !== tenant) {
    const asked = `“${askedTenant.slice(0, 80)}”`;
    const why = who.role === "platform" ? "cannot be a tenant's name, so this is" : "is not yours to see: this is";
    setText(notice, `${asked} ${why} the tenant ${tenant}.`);
    notice.hidden = false;
  }
}
