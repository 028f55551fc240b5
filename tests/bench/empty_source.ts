/** A Scan Event API without events, as a process of its own; how many requests it has had is what `/requests` answers. */
const EMPTY = new TextEncoder().encode('{"ScanEvents":[]}');
const headers = { "content-type": "application/json" };
let requests = 0;

Deno.serve({
  hostname: "0.0.0.0",
  port: 0,
  // deno-lint-ignore no-console -- it says where it listens
  onListen: ({ port }) => console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/v1/scans/scanevents` })),
}, (request) => {
  if (request.url.endsWith("/requests")) return Response.json({ requests });
  requests++;
  return new Response(EMPTY, { headers });
});
