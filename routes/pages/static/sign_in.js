/// <reference lib="dom" />
// @ts-check
import { find, setText } from "./elements.js";
import { wayBack } from "./way_back.js";

const form = find("sign-in-form", HTMLFormElement);
const token = find("token", HTMLInputElement);
const problem = find("sign-in-problem", HTMLElement);
const button = find("sign-in-button", HTMLButtonElement);

/** What may stand in a header. */
const SENDABLE = /^[\w.~+/=-]+$/;
const NOT_VALID = "This token or key is not valid, or not any more.";

/** @param {string} text */
function refuse(text) {
  setText(problem, text);
  problem.hidden = false;
  token.setAttribute("aria-invalid", "true");
  token.focus();
  token.select();
}

/** @returns {Promise<string | null>} why not */
async function signIn() {
  const given = token.value.trim().replace(/^bearer\s+/i, "");
  if (given === "") return "Paste a token or an API key.";
  if (!SENDABLE.test(given)) return NOT_VALID;
  const response = await fetch("/api/session", { method: "POST", headers: { Authorization: `Bearer ${given}` } })
    .catch(() => null);
  if (response === null) return "The server cannot be reached. Try again when it is back.";
  // Where nobody has to sign in there is nothing to wait for.
  if (response.ok || response.status === 409) return null;
  if (response.status === 401) return NOT_VALID;
  const { detail = "The server could not sign you in. Try again." } = await response.json().catch(() => ({}));
  return detail;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  const reason = await signIn().finally(() => button.disabled = false);
  if (reason === null) location.replace(wayBack());
  else refuse(reason);
});

token.addEventListener("input", () => {
  problem.hidden = true;
  token.removeAttribute("aria-invalid");
});

// A browser leaves the cookie out when a link from elsewhere leads here, so one may be signed in already.
const known = await fetch("/api/session").catch(() => null);
if (known?.ok) location.replace(wayBack());
