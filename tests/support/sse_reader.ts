/** One event of a stream, as a browser would see it, and what only moves its `Last-Event-ID`. */
export interface SseEvent {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
  readonly comment: string | null;
  readonly retry: string | null;
}

/** Reads a stream frame by frame; every frame must be whole. */
export interface SseReader {
  /** The next frame; null when the stream has ended. */
  next(): Promise<SseEvent | null>;
  /** The next frame that is an event. */
  nextEvent(): Promise<SseEvent | null>;
  cancel(): Promise<void>;
}

export function readSse(response: Response): SseReader {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<SseEvent | null> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const frame = text.slice(0, end);
        text = text.slice(end + 2);
        return parse(frame);
      }
      const { done, value } = await reader.read();
      if (!done) text += value;
      else if (text === "") return null;
      else throw new Error(`The stream ended within a frame: ${JSON.stringify(text)}`);
    }
  };
  return {
    next,
    async nextEvent() {
      for (;;) {
        const frame = await next();
        if (frame === null || frame.data !== null) return frame;
      }
    },
    cancel: () => reader.cancel(),
  };
}

function parse(frame: string): SseEvent {
  const fields = new Map(
    frame.split("\n").map((line) => {
      const colon = line.indexOf(":");
      if (colon < 0) throw new Error(`No field: ${JSON.stringify(line)}`);
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    }),
  );
  const field = (name: string) => fields.get(name) ?? null;
  return { id: field("id"), event: field("event"), data: field("data"), comment: field(""), retry: field("retry") };
}
