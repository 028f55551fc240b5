/** What an answer must not tell of the inside: stacks, places of files, statements. */
const INSIDE =
  /\bat \S+ \(|\bat file:|file:\/\/\/|node_modules|\/(?:routes|runtime|actors)\/\w|\.ts:\d|SQLITE_|\b(?:select|insert into|update|delete from) \S+ (?:from|where|values|set)\b/i;

interface Answered {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

/** Why an answer is none that this server may give to anything bad; null when it is one. @see RFC 9457 */
export function problemFault({ status, headers, text }: Answered): string | null {
  if (status >= 500 && !(status === 503 && headers.get("retry-after") !== null)) return `it is answered ${status}`;
  if (status < 400) return null;
  if (headers.get("content-type") !== "application/problem+json") return "the refusal is no problem+json";
  if (INSIDE.test(text)) return "the refusal tells of the inside";
  const problem = parsed(text);
  if (problem === null) return "the problem is no JSON object";
  const { type, title, status: said, detail, errors = [], ...more } = problem;
  if (said !== status) return `the problem says ${said}`;
  for (const [name, value] of Object.entries({ type, title, detail })) {
    if (typeof value !== "string" || value === "") return `the problem's ${name} is ${JSON.stringify(value)}`;
  }
  if (Object.keys(more).length > 0) return `the problem also has ${Object.keys(more)}`;
  if (!Array.isArray(errors) || !errors.every(isPlaced)) return "the problem's errors are not places with details";
  return null;
}

/** The same of a page that a person reads: refused by a page too, which tells as little, or by a problem. */
export function pageFault(answered: Answered): string | null {
  const { status, headers, text } = answered;
  if (status < 400 || status >= 500 || headers.get("content-type") !== "text/html; charset=utf-8") {
    return problemFault(answered);
  }
  return INSIDE.test(text) ? "the refusal tells of the inside" : null;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function isPlaced(error: { readonly pointer?: unknown; readonly detail?: unknown } | null): boolean {
  return typeof error?.pointer === "string" && /^(\/.*)?$/s.test(error.pointer) && typeof error.detail === "string" &&
    error.detail !== "";
}
