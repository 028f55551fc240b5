import { clocks } from "./clocks_rule.ts";
import { layers } from "./layers_rule.ts";
import { packages } from "./packages_rule.ts";

const plugin: Deno.lint.Plugin = { name: "mailroom", rules: { layers, packages, clocks } };

/** The project's own rules for `deno lint`, which wants them as a default export. */
export default plugin;
