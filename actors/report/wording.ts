// Made when the first report is: they take as long as loading a hundred modules.
const numbers = once(() => new Intl.NumberFormat("en"));
const clock = once(() => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }));
const day = once(() => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }));
const whole = once(() =>
  new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })
);

export function inWords(count: number): string {
  return numbers().format(count);
}

/** `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 10 min`; a dash for none. */
export function durationInWords(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${inWords(Math.floor(seconds / 3_600))} h ${Math.floor(seconds / 60) % 60} min`;
}

/** `22 Nov 2026, 10:00`, in UTC. */
export function instantInWords(at: string | number): string {
  return whole().format(new Date(at));
}

export function clockInWords(at: number): string {
  return clock().format(at);
}

export function dayInWords(at: number): string {
  return day().format(at);
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => made ??= make();
}
