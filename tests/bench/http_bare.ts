/** A server that does nothing, as a process of its own: what is measured beside it is what Mailroom adds. */
const body = JSON.stringify({ id: "01JD9ZK5T3M6X8QV2N4B7C1RSW", text: "x".repeat(400) });
const headers = [["Content-Type", "application/json"]] as [string, string][];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- it says where it listens as the real one does
  onListen: ({ port }) => console.log(`ready http://127.0.0.1:${port}`),
}, () => new Response(body, { status: 201, headers }));
