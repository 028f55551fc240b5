/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check

/** What a person has done to an element is not undone by what the server knows of it. */
const OWN_STATE = { DETAILS: ["open"], DIALOG: ["open"] };

/**
 * Makes an element what another one is, changing only what differs: so the focus, what is selected, what is typed and what
 * is unfolded stay. Children with an id are told apart by it.
 * @param {Element} from
 * @param {Element} to
 */
export function morph(from, to) {
  morphAttributes(from, to);
  if (from instanceof HTMLTextAreaElement || from.hasAttribute("data-kept")) return;
  const known = new Map([...from.children].filter(({ id }) => id !== "").map((child) => [child.id, child]));
  /** @type {ChildNode | null} */
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = counterpart(place, wanted, known);
    if (found === null) {
      from.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else from.insertBefore(found, place);
    if (found instanceof Element) morph(found, /** @type {Element} */ (wanted));
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/**
 * @param {ChildNode | null} place
 * @param {ChildNode} wanted
 * @param {Map<string, Element>} known
 * @returns {ChildNode | null} what there is already of it
 */
function counterpart(place, wanted, known) {
  if (wanted instanceof Element && wanted.id !== "") {
    const same = known.get(wanted.id);
    return same !== undefined && same.tagName === wanted.tagName ? same : null;
  }
  if (place === null || place.nodeType !== wanted.nodeType || place.nodeName !== wanted.nodeName) return null;
  return place instanceof Element && place.id !== "" ? null : place;
}

/**
 * @param {Element} from
 * @param {Element} to
 */
function morphAttributes(from, to) {
  const own = OWN_STATE[/** @type {keyof typeof OWN_STATE} */ (from.tagName)] ?? [];
  for (const { name, value } of [...to.attributes]) {
    if (!own.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!own.includes(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}
