/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check

/**
 * A new element; texts become text nodes, so no data is ever read as markup.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | number | boolean | null>>} attributes `true` sets an empty one; `false` and `null` none
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) node.setAttribute(attribute, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/**
 * The element of index.html with this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(id, kind) {
  const node = document.getElementById(id);
  if (node instanceof kind) return node;
  throw new Error(`The page has no ${kind.name} with the id ${id}`);
}

/**
 * Writes only what differs, which spares the browser work and a reader of the screen repetitions.
 * @param {Node} node
 * @param {string} text
 * @returns {void}
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Says something to those who do not see the page.
 * @param {string} text
 * @returns {void}
 */
export function announce(text) {
  setText(find("announcer", HTMLElement), text);
}

/**
 * However often it is called before the browser draws, `render` runs once then; in a hidden tab when it is shown again.
 * @param {() => void} render
 * @returns {() => void}
 */
export function oncePerFrame(render) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      render();
    });
  };
}
