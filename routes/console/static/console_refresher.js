/// <reference lib="dom" />
// @ts-check
import { morph } from "./console_morph.js";

/** Of a busy tenant, so that a page costs no more than this. */
const SHORTEST_GAP_MS = 1_000;
/** Events come in companies: a commit has many. */
const GATHERING_MS = 80;
const PATIENCE_MS = 10_000;

/**
 * Asks the server for this page again and takes over what differs. One asking at a time; a hidden page waits until it is
 * looked at.
 */
export function createRefresher() {
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  let wanted = false;
  let asking = false;
  let lastAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function refresh() {
    if (asking || document.hidden) {
      wanted = true;
      return;
    }
    clearTimeout(timer);
    [asking, wanted, timer] = [true, false, undefined];
    const page = await ask();
    lastAt = performance.now();
    asking = false;
    if (page !== null) takeOver(main, page);
    if (wanted) soon();
    else rest();
  }

  function soon() {
    if (asking || document.hidden) {
      wanted = true;
      return;
    }
    if (wanted && timer !== undefined) return;
    clearTimeout(timer);
    wanted = true;
    timer = setTimeout(refresh, Math.max(GATHERING_MS, lastAt + SHORTEST_GAP_MS - performance.now()));
  }

  function rest() {
    clearTimeout(timer);
    timer = setTimeout(refresh, Number(main.dataset["every"]) || 15_000);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  rest();
  return { refresh, soon };
}

/**
 * The browser parses the answer itself, so no text becomes markup by this script's doing, which the page's policy forbids.
 * @returns {Promise<Document | null>}
 */
function ask() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.timeout = PATIENCE_MS;
    request.onloadend = () => {
      const led = request.responseURL !== "" && new URL(request.responseURL).pathname === "/sign-in";
      if (led) location.replace(request.responseURL);
      const { response } = request;
      resolve(!led && response?.getElementById("main") ? response : null);
    };
    request.open("GET", location.href);
    request.setRequestHeader("Accept", "text/html");
    request.send();
  });
}

/**
 * @param {HTMLElement} main
 * @param {Document} page
 */
function takeOver(main, page) {
  morph(main, /** @type {HTMLElement} */ (page.getElementById("main")));
  if (document.title !== page.title) document.title = page.title;
  main.dispatchEvent(new CustomEvent("refreshed"));
}
