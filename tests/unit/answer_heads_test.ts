import assert from "node:assert/strict";
import { fetchedText, readFetched } from "../../runtime/actor/fetched_text.ts";
import type { TurnAnswer } from "../../runtime/actor/outcome.ts";
import { answerHeads, answersText, readAnswers } from "../../runtime/host/answer_heads.ts";
import { FrameBuffer, FrameDecoder } from "../../runtime/host/frames.ts";
import { decodePoolMessage, encodeAnswers } from "../../runtime/host/worker_protocol.ts";

const BODY = '{"a":"\\n"}\n\r\n"é" 😀 \u2028 \ufffd \0';

const answers: TurnAnswer[] = [
  { request: 7, value: fetchedText({ status: 200, headers: { "x-line": "a" }, text: BODY }) },
  { request: 8, error: { code: "not-found", message: "There is\nnone", retryable: false } },
  { request: 9, value: "" },
  { request: 10, value: '{"rows":[1,2]}' },
];

Deno.test("readAnswers() finds each value again behind a frame and behind a worker's message", () => {
  const frames = new FrameBuffer();
  frames.add({ heads: answerHeads(answers) }, answersText(answers));
  const [frame] = new FrameDecoder<{ heads: ReturnType<typeof answerHeads>; text: string }>().push(frames.take());
  assert.deepEqual(readAnswers(frame!.heads, frame!.text), answers);
  const message = decodePoolMessage(encodeAnswers(answers));
  assert.ok(message.tell === "answers");
  assert.deepEqual(readAnswers(message.heads, message.text), answers);
});

Deno.test("readFetched() keeps the body as it came, line breaks included", () => {
  const fetched = { status: 404, headers: { "content-type": "text/plain" }, text: BODY };
  assert.deepEqual(readFetched(fetchedText(fetched)), fetched);
  assert.deepEqual(readFetched(fetchedText({ ...fetched, text: "" })), { ...fetched, text: "" });
});
