import fc from "../properties.ts";
import { NOTHING } from "../access_things.ts";
import type { Asked } from "./rig.ts";

/** The parameters of each route that reads, with values that are right. */
const READS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "/api/jobs": {
    limit: ["1", "200"],
    cursor: ["MDFKRDlaSzVUM002WDhRVjJONEI3QzFSU1c"],
    status: ["queued", "failed,cancelled"],
    type: ["report"],
    createdFrom: ["2026-01-01T00:00:00Z"],
    createdUntil: ["2026-01-01T00:00:00%2B01:00"],
    tenant: ["demo"],
  },
  "/api/dead-letters": { limit: ["50"], kind: ["counter"], cursor: ["MS4wMUpEOVpLNVQzTTZYOFFWMk40QjdDMVJTVw"] },
  "/api/actors": { limit: ["50"], kind: ["counter"], status: ["parked"], cursor: ["Y291bnRlci9tYWlu"] },
  "/api/schedules": { limit: ["1", "200"], cursor: ["c2NoZWR1bGUvYWRk"] },
  "/api/schedules/add": {},
  "/api/subscriptions": { limit: ["1", "200"], cursor: ["c3Vic2NyaXB0aW9uL2tpbmQ6YQ"] },
  "/api/schedules/add/ticks": { limit: ["50"], cursor: ["dGljay8xNzMyMjMzNjAwMDAw"] },
  "/api/kinds": { tenant: ["demo"] },
  "/api/actors/counter/main": {},
  "/api/actors/counter/main/count": { by: ["1"] },
  "/api/notifications/stream": { topics: ["job,counter"], named: ["false"], lastEventId: ["0", "7"] },
  "/api/notifications/ws": { topics: ["job"], lastEventId: ["0"] },
  [`/api/jobs/${NOTHING.id}`]: {},
  [`/api/jobs/${NOTHING.id}/result`]: { format: ["csv"] },
  [`/api/jobs/${NOTHING.id}/stream`]: { named: ["true"], lastEventId: ["3"] },
  [`/api/dead-letters/${NOTHING.id}`]: {},
  "/api/streams": { limit: ["50"], cursor: ["c3RyZWFtL25vcnRo"] },
  "/api/streams/north": {},
  "/api/parcels": {
    limit: ["50"],
    cursor: ["cGFyY2VsLzEvNS9ub3J0aA"],
    stream: ["north"],
    type: ["PICKUP"],
    status: ["", "OUT"],
    runId: ["100"],
    updatedSince: ["2026-01-01T00:00:00Z"],
  },
  "/api/parcels.csv": { status: ["OUT"], updatedSince: ["2026-01-01T00:00:00%2B01:00"] },
  "/api/parcels/counts": {},
  "/api/parcels/5002": { stream: ["north"] },
  "/api/parcels/5002/history": { stream: ["north"], limit: ["7"], cursor: ["c2Nhbi9ub3J0aC81"] },
  "/docs/start.js": {},
  "/assets/app.js": {},
  "/console": { tenant: ["demo"] },
  "/console/jobs": { status: ["failed"], type: ["report"], createdFrom: ["2026-01-01T00:00"], cursor: ["MDFKRA"] },
  [`/console/jobs/${NOTHING.id}`]: {},
  "/console/dead-letters": { kind: ["counter"] },
  "/console/actors": { kind: ["counter"], status: ["parked"] },
  "/console/actors/counter/main": {},
  "/console/schedules/add": { cursor: ["dGljay8xNzMyMjMzNjAwMDAw"] },
  "/console/audit": { by: ["ada"], action: ["retryJob"] },
  "/health": {},
  "/metrics": {},
};

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "Last-Event-ID": ["0", "12", "999999999999999"],
  "X-Tenant": ["demo", "acme"],
  "Idempotency-Key": ["one", "01JD9ZK5T3M6X8QV2N4B7C1RSW"],
  "Accept": ["application/json", "text/html, */*;q=0.1", "text/event-stream"],
  "Origin": ["http://127.0.0.1:8000"],
  "X-Request-Id": ["trace-1"],
  "traceparent": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
  "Range": ["bytes=0-1"],
  "Authorization": ["Bearer a.b.c"],
  "If-None-Match": ['"x"'],
  "Content-Type": ["application/json"],
  "Content-Encoding": ["identity"],
};

const SPICE = [..."0123456789-+.,;:=%&?#/\\'\"<>()[]{}|~^`!@$* _aZ"];
const inUrl = fc.string({
  unit: fc.constantFrom(...SPICE, "%00", "%0a", "%2e", "%2f", "%ff", "%E2%80%A8", "%", "é"),
  maxLength: 12,
});
const inHeader = fc.string({ unit: fc.constantFrom(...SPICE, "\t", "\xa0", "\xff", "é"), maxLength: 12 });
const LONG = ["9".repeat(16), "a".repeat(300), "%41".repeat(200), "1,".repeat(100)];

/** Right values, right values with something in them, and others. */
function nearly(values: readonly string[], other: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const right = fc.constantFrom(...values);
  const changed = fc.tuple(right, other, fc.nat(20)).map(([value, more, at]) =>
    value.slice(0, at) + more + value.slice(at + 1)
  );
  return fc.oneof({ weight: 3, arbitrary: right }, { weight: 3, arbitrary: changed }, other, fc.constantFrom(...LONG));
}

function queries(parameters: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<string> {
  const pairs = Object.entries(parameters).map(([name, values]) =>
    nearly(values, inUrl).map((value) => `${name}=${value}`)
  );
  const strange = fc.tuple(fc.constantFrom("__proto__", "x", "limit[]", "toString", ""), inUrl).map((pair) =>
    pair.join("=")
  );
  const any = pairs.length === 0 ? strange : fc.oneof({ weight: 8, arbitrary: fc.oneof(...pairs) }, strange);
  return fc.array(any, { maxLength: 4 }).map((all) => all.length === 0 ? "" : `?${all.join("&")}`);
}

const paths = fc.oneof(
  ...Object.entries(READS).map(([path, parameters]) => {
    const changed = fc.oneof(
      { weight: 6, arbitrary: fc.constant(path) },
      fc.tuple(inUrl, fc.nat(60)).map(([more, at]) => `/${path.slice(1, at)}${more}${path.slice(at + 1)}`),
    );
    return fc.tuple(changed, queries(parameters)).map(([place, query]) => place.replaceAll(/[?#]/g, "") + query);
  }),
);

const headers = fc.uniqueArray(
  fc.oneof(...Object.entries(HEADERS).map(([name, values]) => fc.tuple(fc.constant(name), nearly(values, inHeader)))),
  { maxLength: 3, selector: ([name]) => name },
).map((pairs): Record<string, string> => Object.fromEntries(pairs.map(([name, value]) => [name, latin(value)])));

/** Requests that read, near to right ones: paths, queries, `Last-Event-ID` and other headers. */
export const anyQuestion: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom("GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE"),
  path: paths,
  headers,
});

function latin(value: string): string {
  return value.replaceAll(/[^\t\x20-\xff]/g, "?");
}
