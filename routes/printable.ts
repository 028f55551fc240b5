/** Whether a text can be shown on one line: no control, format or unassigned character, no separator of lines. */
export function isPrintable(text: string): boolean {
  return /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text);
}
