/// <reference lib="dom" />
// @ts-check

/**
 * Forms with `data-auto` are sent as soon as a choice is made, also one that was made before this script was there; what is
 * left empty is left out of the address.
 */
export function startFilters() {
  document.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const isChoice = target instanceof HTMLSelectElement || target.type === "radio";
    if (isChoice && target.form?.hasAttribute("data-auto")) target.form.requestSubmit();
  });
  document.addEventListener("submit", ({ target }) => {
    if (!(target instanceof HTMLFormElement) || target.method !== "get") return;
    for (const field of target.elements) {
      if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.value === "") {
        field.disabled = true;
      }
    }
  });
  // The browser shows this page as it was left when one comes back to it.
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[method=get] :disabled")) field.removeAttribute("disabled");
  });
  for (const form of document.querySelectorAll("form[data-auto]")) {
    if (form instanceof HTMLFormElement && [...form.elements].some(isChosenAnew)) return form.requestSubmit();
  }
}

/**
 * Whether a person has chosen something else than the page came with. Browsers that bring back what was chosen at an earlier
 * visit do not look like that: these forms have `autocomplete` off.
 * @param {Element} field
 */
function isChosenAnew(field) {
  if (field instanceof HTMLInputElement) return field.type === "radio" && field.checked && !field.defaultChecked;
  if (!(field instanceof HTMLSelectElement)) return false;
  const byDefault = [...field.options].findIndex(({ defaultSelected }) => defaultSelected);
  return field.selectedIndex !== Math.max(0, byDefault);
}
