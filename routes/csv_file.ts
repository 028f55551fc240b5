import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** `text/csv`, read page by page as it is asked for. What the first page throws is still answered as a problem. */
export async function csvFile(
  c: Context<AppEnv>,
  pages: AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>,
  { filename }: { filename: string },
): Promise<Response> {
  const first = await pages.next();
  const file = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pages.return();
    },
  }, { highWaterMark: 0 });
  return c.body(file, 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": `attachment; filename="${filename}"`,
  });
}
