import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };

const CONFIG = fileURLToPath(import.meta.resolve("../deno.json"));

const V8_OPTION = "--v8-flags=";
/** As `deno task start` has them. */
export const V8_FLAGS: string = project.tasks.start.split(" ").find((option) => option.startsWith(V8_OPTION))!
  .slice(V8_OPTION.length);

/** A program of the bench, run with the V8 options of `deno task start`. */
export function benchCommand(
  program: string,
  args: readonly string[],
  outputs: Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr">,
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${V8_OPTION}${V8_FLAGS}`, "--config", CONFIG, program, ...args],
    ...outputs,
  });
}
