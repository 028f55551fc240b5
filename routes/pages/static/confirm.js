/// <reference lib="dom" />
// @ts-check
import { find, setText } from "./elements.js";

/**
 * Asks before something that cannot be undone.
 * @param {{ title: string, text: string, verb: string }} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, verb }) {
  const dialog = find("confirm", HTMLDialogElement);
  setText(find("confirm-title", HTMLElement), title);
  setText(find("confirm-text", HTMLElement), text);
  setText(find("confirm-yes", HTMLButtonElement), verb);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
