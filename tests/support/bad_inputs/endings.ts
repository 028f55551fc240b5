import type { Submission } from "../../../routes/submission.ts";

/** A job that can be submitted, and how it must end. */
export interface EndingInput {
  readonly what: string;
  readonly submission: Submission;
  readonly ends:
    | { readonly code: string; readonly message?: RegExp }
    | { readonly accepted: number; readonly rejected: number };
}

type Table = readonly (readonly [what: string, content: string, accepted: number, rejected: number])[];

/** RFC 4180 and what people make of it: the records that are good are taken, the others are told with their line. */
const CSV: Table = [
  ["nothing", "", 0, 0],
  ["a byte order mark alone", "\ufeff", 0, 0],
  ["a header alone", "id,name", 0, 0],
  ["blank lines", "\n\r\n\n", 0, 0],
  ["CRLF", "id,name\r\n1,a\r\n2,b\r\n", 2, 0],
  ["LF", "id,name\n1,a\n2,b\n", 2, 0],
  ["both", "id,name\r\n1,a\n2,b\r\n", 2, 0],
  ["no last line break", "id,name\n1,a", 1, 0],
  ["blank lines between", "id\n\n1\n\r\n\n2\n", 2, 0],
  ["a byte order mark", "\ufeffid,name\n1,a\n", 1, 0],
  ["quotes everywhere", '"id","name"\n"1","a"\n', 1, 0],
  ["doubled quotes", 'id,name\n1,"a ""b"" c"\n2,""""\n3,""\n', 3, 0],
  ["commas in quotes", 'id,name\n1,"a,b,c"\n', 1, 0],
  ["line breaks in quotes", 'id,name\n1,"a\nb\r\nc"\n2,d\n', 2, 0],
  ["a quote that never closes", 'id,name\n1,a\n2,"b\n3,c\n', 1, 1],
  ["text behind a closing quote", 'id,name\n1,"a"b\n2,c\n', 1, 1],
  ["a quote inside", 'id,name\n1,a"b\n2,c\n', 1, 1],
  ["a space before a quote", 'id,name\n1, "a"\n2,c\n', 1, 1],
  ["a space behind a quote", 'id,name\n1,"a" \n2,c\n', 1, 1],
  ["escapes by backslash", 'id,name\n1,"a\\"b"\n2,c\n', 1, 1],
  ["a missing field", "id,name,more\n1,a\n2,b,c\n", 1, 1],
  ["a field too many", "id,name\n1,a,b\n2,c\n", 1, 1],
  ["ragged rows", "id,name\n1\n2,a\n3,a,b\n,,,,\n", 1, 3],
  ["commas alone", "id,name\n,\n,,\n", 0, 2],
  ["semicolons", "id;name\n1;a\n", 1, 0],
  ["tabs", "id\tname\n1\ta\n", 0, 1],
  ["carriage returns alone", "id,name\r1,a\r2,b\r", 0, 0],
  ["NUL", "id,name\n1,a\0b\n2\0,c\n", 1, 1],
  ["an empty key", "id,name\n,a\n  ,b\n", 0, 2],
  ["a key of 501 characters", `id\n${"k".repeat(501)}\n`, 0, 1],
  ["a key with an escape", "id\na\u001bb\n", 0, 1],
  ["the same key twice", "id,name\n1,a\n1,b\n", 2, 0],
  ["a row of 70,000 characters", `id,name\n1,${"x".repeat(70_000)}\n2,a\n`, 1, 1],
  ["1,000 columns", `${Array.from({ length: 1_000 }, (_, index) => `c${index}`)}\n${Array(1_000).fill("1")}\n`, 1, 0],
  ["formulas", "id,name\n=1+1,=cmd|' /C calc'!A0\n@SUM(A1),+1\n-1,\"\t=1\"\n", 3, 0],
  ["columns like an object's own", "__proto__,constructor,toString\n1,2,3\n", 1, 0],
  ["columns that are numbers", "1,0,-1\na,b,c\n", 1, 0],
  ["statements", "id,name\n1,'; drop table imports; --\n", 1, 0],
  ["markup", "id,name\n1,<script>alert(1)</script>\n", 1, 0],
  ["every kind of space", "id,name\n1,\u00a0\u2003\u2028\u2029\u3000\ufeff\n", 1, 0],
  ["what turns round", "id,name\n1,\u202etxt.exe\n", 1, 0],
];

/** Headers that cannot be used: no attempt would ever succeed. */
const HEADERS: readonly (readonly [what: string, content: string])[] = [
  ["a column twice", "id,name,id\n1,a,2\n"],
  ["two empty columns", "id,,\n1,,\n"],
  ["__proto__ twice", "id,__proto__,__proto__\n1,a,b\n"],
  ["no such key", "no,name\n1,a\n"],
  ["a quote that never closes", '"id,name\n1,a\n'],
  ["70,000 characters", `id,${"x".repeat(70_000)}\n1,a\n`],
];

const NDJSON: Table = [
  ["objects", '{"id":1}\n{"id":"2"}\n', 2, 0],
  ["what are no objects", '1\n"a"\nnull\n[]\n{"id":1}\n', 1, 4],
  ["what is no JSON", '{"id":1}\n{id:2}\n{"id":3\n', 1, 2],
  ["two objects in a line", '{"id":1}{"id":2}\n', 0, 1],
  ["an object in two lines", '{"id":\n1}\n', 0, 2],
  ["numbers that are not exact", '{"id":1.5}\n{"id":9007199254740993}\n{"id":1e400}\n', 0, 3],
  ["no key", '{"id":1}\n{"name":2}\n{}\n', 1, 2],
  ["other keys", '{"id":null}\n{"id":true}\n{"id":{}}\n{"id":[]}\n', 0, 4],
  ["__proto__", '{"id":1,"__proto__":{"a":1}}\n', 1, 0],
  ["arrays in each other", `{"id":1,"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}\n{"id":2}\n`, 2, 0],
  ["100,000 opened arrays", `{"id":1,"a":${"[".repeat(100_000)}\n{"id":2}\n`, 1, 1],
  ["half characters", '{"id":"\\ud800"}\n{"id":1}\n', 1, 1],
];

function imports(format: "csv" | "ndjson", table: Table): readonly EndingInput[] {
  return table.map(([what, content, accepted, rejected], index) => ({
    what: `${format} of ${what}`,
    submission: { type: "import", payload: { dataset: `${format}-${index}`, format, content } },
    ends: { accepted, rejected },
  }));
}

/** By whatever spelling, an address of this machine or of a network behind it. `{port}` is of a server here. */
const INSIDE = [
  "http://127.0.0.1:{port}/",
  "http://127.0.0.1/",
  "http://127.1:{port}/",
  "http://127.0.1:{port}/",
  "http://127.255.255.254:{port}/",
  "http://2130706433:{port}/",
  "http://0x7f000001:{port}/",
  "http://0x7f.0.0.1:{port}/",
  "http://0x7f.1:{port}/",
  "http://017700000001:{port}/",
  "http://0177.0.0.1:{port}/",
  "http://0177.0.0.01:{port}/",
  "http://%31%32%37.0.0.1:{port}/",
  "http://127。0。0。1:{port}/",
  "http://①②⑦.⓪.⓪.①:{port}/",
  "http://127.0.0.1.:{port}/",
  "http://0:{port}/",
  "http://0.0.0.0:{port}/",
  "http://localhost:{port}/",
  "http://LOCALHOST:{port}/",
  "http://localhost.:{port}/",
  "http://a.localhost:{port}/",
  "http://loc\talhost:{port}/",
  "http://ⓛocalhost:{port}/",
  "http:127.0.0.1:{port}/",
  "http:/127.0.0.1:{port}/",
  "http:\\\\127.0.0.1:{port}\\",
  "https://127.0.0.1:{port}/",
  "http://[::1]:{port}/",
  "http://[0:0:0:0:0:0:0:1]:{port}/",
  "http://[::]:{port}/",
  "http://[::ffff:127.0.0.1]:{port}/",
  "http://[::ffff:7f00:1]:{port}/",
  "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
  "http://[::127.0.0.1]:{port}/",
  "http://[64:ff9b::127.0.0.1]:{port}/",
  "http://[64:ff9b:1::127.0.0.1]:{port}/",
  "http://[2002:7f00:1::]:{port}/",
  "http://[2001:0:7f00:1::]:{port}/",
  "http://[fc00::1]/",
  "http://[fd00:ec2::254]/latest/meta-data/",
  "http://[fe80::1]/",
  "http://[ff02::1]/",
  "http://[::ffff:10.0.0.1]/",
  "http://[::ffff:169.254.169.254]/",
  "http://[2001:db8::1]/",
  "http://10.0.0.1/",
  "http://10.255.255.255/",
  "http://167772161/",
  "http://0xa.1/",
  "http://012.0.0.1/",
  "http://172.16.0.1/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://3232235521/",
  "http://100.64.0.1/",
  "http://169.254.169.254/latest/meta-data/",
  "http://2852039166/latest/meta-data/",
  "http://0xa9fea9fe/",
  "http://169.254.43518/",
  "http://192.0.2.1/",
  "http://198.18.0.1/",
  "http://198.51.100.1/",
  "http://203.0.113.1/",
  "http://224.0.0.1/",
  "http://240.0.0.1/",
  "http://255.255.255.255/",
];

/** Ports of other protocols. */
const PORTS = [0, 1, 22, 25, 53, 110, 143, 465, 587, 993, 6000, 6667];

/** How an address is spelt that the payload's check refuses at once, with 422 at `/payload/url`. */
export const NO_ADDRESSES: readonly string[] = [
  "",
  " ",
  "http://",
  "http:///",
  "https://",
  "//example.com/",
  "/relative",
  "example.com",
  "http//example.com",
  "http://exa mple.com/",
  "http://example.com:port/",
  "http://example.com:65536/",
  "http://example.com:-1/",
  "http://[::1/",
  "http://[::g]/",
  "http://1.2.3.4.5/",
  "http://256.0.0.1/",
  "http://4294967296/",
  "http://0x100000000/",
  "http://%00/",
  "http://example.com%00.evil/",
  "http://user@example.com/",
  "http://user:word@example.com/",
  "http://:word@example.com/",
  "http://127.0.0.1@example.com/",
  "http://example.com@127.0.0.1/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "file://localhost/etc/passwd",
  "gopher://127.0.0.1:25/x",
  "data:text/plain,hello",
  "javascript:alert(1)",
  "blob:http://example.com/x",
  "ws://example.com/",
  "unix:///var/run/docker.sock",
  "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
  "jar:http://example.com!/",
  "dict://127.0.0.1:11211/",
  `http://example.com/${"a".repeat(2_048)}`,
  `http://${"a".repeat(64)}.example.com:99999/`,
];

/** What must end as it says, for a server at `port` that nobody may call. */
export function endingInputs(port: number): readonly EndingInput[] {
  const webhook = (url: string, code: string): EndingInput => ({
    what: `a webhook to ${url}`,
    submission: { type: "webhook", payload: { url: url.replace("{port}", String(port)), body: {} }, maxAttempts: 1 },
    ends: { code },
  });
  return [
    ...imports("csv", CSV),
    ...imports("ndjson", NDJSON),
    ...HEADERS.map(([what, content]): EndingInput => ({
      what: `csv with a header of ${what}`,
      submission: { type: "import", payload: { dataset: "headers", key: "id", content } },
      ends: { code: "handler-failed", message: /header/ },
    })),
    ...INSIDE.map((url) => webhook(url, "address-refused")),
    ...PORTS.map((number) => webhook(`http://8.8.8.8:${number}/`, "address-refused")),
  ];
}
