/**
 * What Deno Deploy has beside Deno, for the tests: loaded into an instance before its program. It takes the crons that the
 * program has registered by the time it serves, and runs one when a line with its name comes in.
 */
type Cron = (name: string, schedule: string, options: object, handler: () => Promise<void> | void) => Promise<void>;

const crons = new Map<string, () => Promise<void> | void>();
let serves = false;

const cron: Cron = (name, _schedule, _options, handler) => {
  if (serves) say({ told: "late", name });
  else crons.set(name, handler);
  return new Promise(() => {});
};
Object.defineProperty(Deno, "cron", { value: cron });

const serve = Deno.serve;
Object.defineProperty(Deno, "serve", {
  value: (...args: Parameters<typeof serve>) => {
    // Not before: the program begins when nothing is awaited here.
    if (!serves) listen();
    serves = true;
    say({ told: "serves", crons: [...crons.keys()] });
    return serve(...args);
  },
});

async function listen(): Promise<void> {
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    for (const name of text.split("\n").filter((line) => line !== "")) run(name);
  }
}

async function run(name: string): Promise<void> {
  try {
    await crons.get(name)!();
    say({ told: "ran", name });
  } catch (error) {
    say({ told: "failed", name, error: String(error) });
  }
}

/** On the other output than the program's log. */
function say(told: object): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify(told)}\n`));
}
