/** What all readers got, and for each read of an event: the number before, the newest, when (ms since the epoch). */
export interface Deliveries {
  bytes: number;
  reads: number;
  /** Each reader's newest event. */
  readonly newest: Float64Array;
  readonly log: number[];
}

export interface Following {
  readonly connection: Deno.TcpConn;
  readonly buffer: Uint8Array;
  readonly reader: number;
  readonly deliveries: Deliveries;
}

const [LINE_FEED, COLON, SPACE, LETTER_D, LETTER_I] = [10, 58, 32, 100, 105];

/** Counts by the last number of each read. */
export async function followFast({ connection, buffer, reader, deliveries }: Following): Promise<void> {
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    deliveries.bytes += read;
    deliveries.reads++;
    note(deliveries, reader, lastId(buffer, read));
  }
}

/**
 * Takes every frame apart.
 * @throws {Error} at the first number that is not one more than the one before, and at a frame that is none
 */
export async function followClosely(
  { connection, buffer, reader, deliveries, instants }: Following & { readonly instants: Map<number, number> },
): Promise<void> {
  const decoder = new TextDecoder();
  const bodyOf = createUnchunker();
  let rest = "";
  let newest = deliveries.newest[reader]!;
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    deliveries.bytes += read;
    deliveries.reads++;
    const parts = bodyOf(buffer.subarray(0, read)).map((part) => decoder.decode(part, { stream: true }));
    const frames = (rest + parts.join("")).split("\n\n");
    rest = frames.pop()!;
    for (const frame of frames) {
      if (!frame.includes("\ndata: ")) continue;
      const parts = /^(?:event: \S+\n)?id: (\d+)\ndata: (\{.*"at":"([^"]+)".*\})$/.exec(frame);
      if (parts === null) throw new Error(`Not a frame: ${JSON.stringify(frame)}`);
      JSON.parse(parts[2]!);
      const number = Number(parts[1]);
      if (number !== newest + 1) throw new Error(`Number ${number} came after ${newest}`);
      newest = number;
      instants.set(number, Date.parse(parts[3]!));
    }
    note(deliveries, reader, newest);
  }
}

function note({ newest, log }: Deliveries, reader: number, number: number): void {
  const before = newest[reader]!;
  if (number <= before) return;
  newest[reader] = number;
  log.push(before, number, Date.now());
}

/** Of the last whole line `id: N`; 0 when there is none. */
function lastId(buffer: Uint8Array, length: number): number {
  for (let colon = length; (colon = buffer.lastIndexOf(COLON, colon - 1)) > 1;) {
    if (buffer[colon - 1] !== LETTER_D || buffer[colon - 2] !== LETTER_I || buffer[colon + 1] !== SPACE) continue;
    if (colon > 2 && buffer[colon - 3] !== LINE_FEED) continue;
    let number = 0;
    let at = colon + 2;
    while (at < length && buffer[at] !== LINE_FEED) number = number * 10 + buffer[at++]! - 48;
    if (at < length) return number;
  }
  return 0;
}

/** Takes the bytes of a chunked body as they come, answers those that are content. @see RFC 9112, 7.1 */
function createUnchunker(): (bytes: Uint8Array) => Uint8Array[] {
  let size = "";
  let left = 0;
  let afterChunk = false;
  return (bytes) => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      if (left > 0) {
        const part = bytes.subarray(at, at + left);
        parts.push(part);
        [at, left, afterChunk] = [at + part.length, left - part.length, true];
        continue;
      }
      const byte = bytes[at++]!;
      if (byte !== LINE_FEED) size += String.fromCharCode(byte);
      else if (afterChunk) [size, afterChunk] = ["", false];
      else [left, size] = [parseInt(size, 16), ""];
    }
    return parts;
  };
}
