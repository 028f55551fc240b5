import { endOfString } from "./json_shape.ts";

/** An object or array that is open, and where in it the text is. */
interface Level {
  /** Those of an object so far; null: it is an array. */
  readonly names: Set<string> | null;
  at: string | number;
  isName: boolean;
}

/** The JSON pointer of the first property that its object has named before, in a text that is valid JSON; null: none. */
export function firstDuplicate(text: string): string | null {
  const levels: Level[] = [];
  for (let index = 0; index < text.length; index++) {
    const level = levels.at(-1);
    switch (text[index]) {
      case "{":
        levels.push({ names: new Set(), at: "", isName: true });
        break;
      case "[":
        levels.push({ names: null, at: 0, isName: false });
        break;
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (typeof level!.at === "number") level!.at++;
        else level!.isName = true;
        break;
      case '"': {
        const end = endOfString(text, index);
        if (level?.isName) {
          const name = JSON.parse(text.slice(index, end + 1)) as string;
          [level.at, level.isName] = [name, false];
          if (level.names!.has(name)) return levels.reduce((pointer, { at }) => joined(pointer, at), "");
          level.names!.add(name);
        }
        index = end;
      }
    }
  }
  return null;
}

/** @see RFC 6901 (JSON Pointer), 3 */
export function joined(pointer: string, part: string | number): string {
  return `${pointer}/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
