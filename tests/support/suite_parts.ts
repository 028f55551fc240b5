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
 * so that the suite's lanes end together; many short ones share a process and all that it has loaded.
 */
const FILES_AT_ONCE = { e2e: 5, integration: 12, simulation: 6, unit: 30 } as const;

/** What takes longest is begun first, so that nothing has to wait for it in the end. */
const LONGEST = "tests/e2e/campaigns_test.ts";

/** Files that use a processor for half of their time or less; each is a part of its own. */
const WAITING = [
  "tests/e2e/control_server_test.ts",
  "tests/e2e/deploy_contracts_test.ts",
  "tests/e2e/deploy_test.ts",
  "tests/e2e/s4_upstream_test.ts",
  "tests/e2e/stop_server_test.ts",
  "tests/integration/cluster_test.ts",
  "tests/integration/postgres_away_test.ts",
  "tests/integration/postgres_faults_test.ts",
  "tests/integration/postgres_outage_test.ts",
  "tests/integration/postgres_schedules_test.ts",
  "tests/integration/system_retention_test.ts",
];

/** The whole suite: every test file once, those that wait behind the others, then the examples of the README. */
export function suiteParts(files: readonly string[]): SuitePart[] {
  const isSorted = (file: string) => file !== LONGEST && !WAITING.includes(file);
  const alone = (name: string, waits: boolean) => ({ name, paths: [name], waits });
  const sorted = Object.entries(FILES_AT_ONCE).flatMap(([folder, atOnce]) => {
    const paths = files.filter((file) => file.startsWith(`tests/${folder}/`) && isSorted(file)).toSorted();
    return chunks(paths, atOnce).map((chunk, index) => ({
      name: chunk.length === 1 ? chunk[0]! : `tests/${folder}/ ${index * atOnce + 1}-${index * atOnce + chunk.length}`,
      paths: chunk,
      waits: false,
    }));
  });
  const parts: SuitePart[] = [
    ...files.filter((file) => file === LONGEST).map((file) => alone(file, false)),
    ...sorted,
    ...files.filter((file) => WAITING.includes(file)).toSorted().map((file) => alone(file, true)),
  ];
  const forgotten = files.filter((file) => !parts.some(({ paths }) => paths.includes(file)));
  if (forgotten.length > 0) throw new Error(`No part of the suite runs ${forgotten.join(", ")}`);
  return [...parts, alone("README.md", false)];
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
