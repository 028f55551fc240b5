const HEADER_CHARS = 64 * 1024;

/** Why the names of columns cannot be used, as a sentence; null when they can. */
export function headerFault(header: readonly string[]): string | null {
  const twice = header.find((name, place) => header.indexOf(name) !== place);
  if (twice !== undefined) return `The header names ${quotedName(twice)} twice: rename one column`;
  if (JSON.stringify(header).length > HEADER_CHARS) return `The header is longer than ${HEADER_CHARS} characters`;
  return null;
}

/** Why a record does not fit a header of so many columns; null when it does. */
export function widthFault(fields: readonly string[], columns: number): string | null {
  return fields.length === columns ? null : `${counted(fields.length)}, but the header has ${columns}`;
}

export function quotedName(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

function counted(columns: number): string {
  return columns === 1 ? "1 column" : `${columns} columns`;
}
