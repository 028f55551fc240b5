/** What one process of the suite runs. */
export interface SuitePart {
  /** A file, or what its files have in common. */
  readonly name: string;
  /** Relative to the project's root. */
  readonly paths: readonly string[];
  /** Whether it waits for most of its time, as for servers that are away and instances that come and go. */
  readonly waits: boolean;
}

/**
 * How many files of a folder go into one process, in the order of the suite: of those that start servers and browsers few,
 * so that the suite's lanes end together; many short ones share the start of a process.
 */
const FILES_AT_ONCE = { e2e: 2, integration: 6, simulation: 6, unit: 24 } as const;

/** Files that use a processor for half of their time or less; each is a part of its own. */
const WAITING = [
  "tests/e2e/control_server_test.ts",
  "tests/e2e/deploy_contracts_test.ts",
  "tests/e2e/deploy_test.ts",
  "tests/e2e/stop_server_test.ts",
  "tests/integration/cluster_test.ts",
  "tests/integration/postgres_away_test.ts",
  "tests/integration/postgres_faults_test.ts",
  "tests/integration/postgres_outage_test.ts",
  "tests/integration/system_retention_test.ts",
];

/** The whole suite: every test file once, those that wait behind the others, then the examples of the README. */
export function suiteParts(files: readonly string[]): SuitePart[] {
  const parts = Object.entries(FILES_AT_ONCE).flatMap(([folder, atOnce]) => {
    const paths = files.filter((file) => file.startsWith(`tests/${folder}/`) && !WAITING.includes(file)).toSorted();
    return chunks(paths, atOnce).map((chunk, index) => ({
      name: chunk.length === 1 ? chunk[0]! : `tests/${folder}/ ${index * atOnce + 1}-${index * atOnce + chunk.length}`,
      paths: chunk,
      waits: false,
    }));
  }).concat(
    files.filter((file) => WAITING.includes(file)).toSorted().map((name) => ({
      name,
      paths: [name],
      waits: true,
    })),
  );
  const forgotten = files.filter((file) => !parts.some(({ paths }) => paths.includes(file)));
  if (forgotten.length > 0) throw new Error(`No part of the suite runs ${forgotten.join(", ")}`);
  return [...parts, { name: "README.md", paths: ["README.md"], waits: false }];
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
