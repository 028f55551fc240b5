import { dirname, join } from "node:path";

/** Texts by project path. */
export type Texts = Readonly<Record<string, string>>;

export interface NewFiles {
  /** Must not be there yet. */
  readonly folder: string;
  /** Must not be there yet. */
  readonly made: Texts;
  readonly changed: Texts;
}

/**
 * Writes all of it, formatted, or leaves everything as it was.
 * @throws {Deno.errors.AlreadyExists} with a line that a person can act on
 */
export async function writeNew(root: string, { folder, made, changed }: NewFiles): Promise<void> {
  for (const path of [folder, ...Object.keys(made)]) {
    if (await exists(join(root, path))) {
      throw new Deno.errors.AlreadyExists(`${path} is there already: nothing is written`);
    }
  }
  const before = await Promise.all(
    Object.keys(changed).map(async (path) => [path, await Deno.readTextFile(join(root, path))] as const),
  );
  try {
    for (const [path, text] of Object.entries({ ...made, ...changed })) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), text, { createNew: path in made });
    }
    await format(root, [...Object.keys(made), ...Object.keys(changed)]);
  } catch (error) {
    for (const [path, text] of before) await Deno.writeTextFile(join(root, path), text);
    for (const path of [folder, ...Object.keys(made)]) {
      await Deno.remove(join(root, path), { recursive: true }).catch(() => {});
    }
    throw error;
  }
}

/** A line breaks where the names make it too long. */
async function format(root: string, paths: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", ...paths],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno fmt refuses what was made:\n${new TextDecoder().decode(stderr)}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
