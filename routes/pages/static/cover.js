/// <reference lib="dom" />
// @ts-check
import { find } from "./elements.js";

/** Below this width the pane lies over the page instead of beside it; app.css says the same. */
const OVER_PAGE = matchMedia("(max-width: 1099px)");

/**
 * Keeps what a pane lies over out of reach while it does, for keys and readers of the screen alike.
 * @param {HTMLElement} pane
 */
export function createCover(pane) {
  const backdrop = find("backdrop", HTMLElement);
  let shown = false;

  const arrange = () => {
    const covers = shown && OVER_PAGE.matches;
    backdrop.hidden = !shown;
    document.documentElement.classList.toggle("covered", covers);
    for (const node of document.querySelectorAll(".skip, .top, .work, .live")) node.toggleAttribute("inert", covers);
    if (covers) pane.setAttribute("aria-modal", "true");
    else pane.removeAttribute("aria-modal");
    pane.setAttribute("role", covers ? "dialog" : "region");
  };
  OVER_PAGE.addEventListener("change", arrange);

  return {
    show() {
      shown = true;
      arrange();
    },
    hide() {
      shown = false;
      arrange();
    },
    /** @param {() => void} act */
    onClick: (act) => backdrop.addEventListener("click", act),
  };
}
