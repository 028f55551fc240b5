import type { KindNames } from "./names.ts";

const IMPORT = /^import \{ (\w+) \} from "(\.\/[\w/]+\.ts)";$/;
const LIST = /createRegistry\(\[(?<entries>[\w\s,]*)\]\)/;

/**
 * The registry's text with an import and an entry more, both where the alphabet puts them; undefined when its list holds
 * more than names, or that name.
 */
export function withRegistered(
  text: string,
  { variable, source }: Pick<KindNames, "variable" | "source">,
): string | undefined {
  const found = LIST.exec(text)?.groups?.["entries"];
  if (found === undefined || new RegExp(`\\b${variable}\\b`).test(text)) return undefined;
  const entries = found.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  const listed = text.replace(LIST, `createRegistry([\n${[...entries, variable].sort().join(",\n")},\n])`);

  const specifier = source.replace(/^actors\//, "./");
  const lines = listed.split("\n");
  const later = lines.findIndex((line) => (IMPORT.exec(line)?.[2] ?? "") > specifier);
  const last = lines.findLastIndex((line) => line.startsWith("import ") || line.startsWith("} from "));
  lines.splice(later >= 0 ? later : last + 1, 0, `import { ${variable} } from "${specifier}";`);
  return lines.join("\n");
}
