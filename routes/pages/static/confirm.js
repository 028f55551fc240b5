/// <reference lib="dom" />
// @ts-check
import { find, setText } from "./elements.js";

/** How often was asked: the end of an earlier showing may be told late. */
let asked = 0;

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
  const mine = ++asked;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      if (mine === asked && dialog.open) return;
      dialog.removeEventListener("close", closed);
      resolve(mine === asked && dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed);
  });
}
