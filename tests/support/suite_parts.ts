/** What one process of the suite runs. */
export interface SuitePart {
  /** A file, or what its files have in common. */
  readonly name: string;
  /** Relative to the project's root. */
  readonly paths: readonly string[];
}

/**
 * How many files of a folder go into one process, in the order of the suite: of those that start servers and browsers few,
 * so that the suite's two lanes end together; many short ones share the start of a process.
 */
const FILES_AT_ONCE = { e2e: 2, integration: 6, simulation: 6, unit: 24 } as const;

/** The whole suite: every test file once, then the examples of the README. */
export function suiteParts(files: readonly string[]): SuitePart[] {
  const parts = Object.entries(FILES_AT_ONCE).flatMap(([folder, atOnce]) => {
    const paths = files.filter((file) => file.startsWith(`tests/${folder}/`)).toSorted();
    return chunks(paths, atOnce).map((chunk, index) => ({
      name: chunk.length === 1 ? chunk[0]! : `tests/${folder}/ ${index * atOnce + 1}-${index * atOnce + chunk.length}`,
      paths: chunk,
    }));
  });
  const forgotten = files.filter((file) => !parts.some(({ paths }) => paths.includes(file)));
  if (forgotten.length > 0) throw new Error(`No part of the suite runs ${forgotten.join(", ")}`);
  return [...parts, { name: "README.md", paths: ["README.md"] }];
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
