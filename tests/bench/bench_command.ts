import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };

const CONFIG = fileURLToPath(import.meta.resolve("../deno.json"));

/** A program of the bench, run with the V8 options of `deno task start`. */
export function benchCommand(
  program: string,
  args: readonly string[],
  outputs: Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr">,
): Deno.Command {
  const v8 = project.tasks.start.split(" ").filter((option) => option.startsWith("--v8-flags="));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...v8, "--config", CONFIG, program, ...args],
    ...outputs,
  });
}
