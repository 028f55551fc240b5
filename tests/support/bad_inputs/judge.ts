import { problemFault } from "../problem_faults.ts";
import { exchange } from "../raw_exchange.ts";
import { type BadInput, bytesOf, get } from "./bad_input.ts";

/** Where a server under test is, and what its paths may name. */
export interface Target {
  readonly port: number;
  readonly places?: Readonly<Record<string, string>>;
  /** It trusts a proxy: each request is told to come from an address of its own, so that none is slowed by those before. */
  readonly isBehindProxy?: boolean;
}

/** What is wrong with how the server answers each of these, one after the other; each as a sentence. */
export async function faultsOf(target: Target, inputs: readonly BadInput[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [index, input] of inputs.entries()) {
    const fault = await faultOf(target, target.isBehindProxy ? from(addressOf(index), input) : input).catch((error) =>
      String(error)
    );
    if (fault !== null) faults.push(`${input.what}: ${fault}`);
  }
  return faults;
}

async function faultOf({ port, places = {} }: Target, input: BadInput): Promise<string | null> {
  const { request, answer, pointer, isBare = false } = input;
  const host = `127.0.0.1:${port}`;
  const answered = await exchange(port, bytesOf(request, host, places), {
    ends: "ends" in request && request.ends === true,
  });
  const health = await exchange(port, bytesOf(get("/health"), host, {}));
  if (health?.status !== 200) return `then /health answers ${health?.status}`;
  const got = answered?.status ?? "closed";
  const shown = answered?.text.slice(0, 200) ?? "";
  if (!answer.includes(got)) return `${got} instead of ${answer.join(" or ")} ${shown}`;
  if (answered === null || (isBare && answered.text === "")) return null;
  return problemFault(answered) ??
    (pointer === undefined || pointersIn(answered.text).includes(pointer)
      ? null
      : `it does not say ${pointer}: ${shown}`);
}

function from(address: string, input: BadInput): BadInput {
  const { request } = input;
  if ("raw" in request) return input;
  return { ...input, request: { ...request, headers: [...request.headers ?? [], ["X-Forwarded-For", address]] } };
}

/** Another one for each number. */
function addressOf(index: number): string {
  return `198.51.${100 + (index >> 8)}.${index & 255}`;
}

function pointersIn(text: string): readonly string[] {
  const { errors = [] } = JSON.parse(text) as { errors?: readonly { readonly pointer: string }[] };
  return errors.map(({ pointer }) => pointer);
}
