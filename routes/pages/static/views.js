/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { find, setText } from "./elements.js";
import { addressOfView, viewInAddress } from "./page_address.js";

/**
 * The parts of the page of which one is shown, with the links that lead to them. The address names the one that is, so
 * that it can be copied and the browser's way back works.
 * @returns {{ count: (view: string, text: string) => void, watch: (view: string, told: (shown: boolean) => void) => void }}
 */
export function createViews() {
  const nav = find("views", HTMLElement);
  const links = [...document.querySelectorAll("a[data-view]")].filter((link) => link instanceof HTMLAnchorElement);
  /** @type {{ view: string, told: (shown: boolean) => void }[]} */
  const watchers = [];
  let current = "";
  const parts = [...document.querySelectorAll("main section[data-view]")];

  const show = () => {
    const asked = viewInAddress();
    const view = asked !== null && links.some((link) => link.dataset["view"] === asked) ? asked : "jobs";
    for (const link of links) {
      const leadsHere = link.dataset["view"] === view && nav.contains(link);
      if (leadsHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
      // Where it is narrow the links are wider than the window.
      if (leadsHere) nav.scrollLeft = link.offsetLeft + link.offsetWidth / 2 - nav.clientWidth / 2;
    }
    for (const part of parts) {
      if (part instanceof HTMLElement) part.hidden = part.dataset["view"] !== view;
    }
    if (current === view) return;
    const before = current;
    current = view;
    for (const watcher of watchers) if ([before, view].includes(watcher.view)) watcher.told(watcher.view === view);
  };

  for (const link of links) {
    const view = link.dataset["view"] ?? "";
    link.href = addressOfView(view);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      history.pushState(null, "", addressOfView(view));
      show();
    });
  }
  addEventListener("popstate", show);
  show();

  return {
    /** What is behind the name of a view; empty for nothing. */
    count(view, text) {
      const node = nav.querySelector(`[data-view="${view}"] .count`);
      if (!(node instanceof HTMLElement)) return;
      node.hidden = text === "";
      setText(node, text);
    },
    /** Tells whether a view is shown: now, and whenever that changes. */
    watch(view, told) {
      watchers.push({ view, told });
      told(current === view);
    },
  };
}
