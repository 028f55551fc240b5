import { type RouteHandler, z } from "@hono/zod-openapi";
import { type KeptLetter, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const ID = /^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/;
/** A letter is shown as it is, without script and without the rights of this origin; it fetches nothing. */
const LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

const head = z.object({
  id: z.string().openapi({ description: "The part of its Message-ID before the @", example: "01k…email" }),
  messageId: z.string().openapi({ description: "With its angle brackets, the same in each attempt" }),
  from: z.string().openapi({ description: "Who it is from: a name and an address" }),
  to: z.string().openapi({ description: "Whom it is for: a name and an address, or the address alone" }),
  subject: z.string().openapi({ description: "Decoded" }),
  at: z.iso.datetime().nullable().openapi({ description: "Its date" }),
});

const letterView = head.extend({
  text: z.string().openapi({ description: "Its text part, decoded" }),
  hasHtml: z.boolean().openapi({ description: "It has an HTML part: `?format=html`" }),
  unsubscribe: z.string().nullable().openapi({ description: "Its List-Unsubscribe" }),
}).openapi("Mail");

export const listRoute = createRoute({
  method: "get",
  path: "/api/mail",
  access: "viewer",
  operationId: "listMail",
  tags: ["mail"],
  summary: "E-mail that was written into files, newest first",
  description:
    "Where there is no mail server (`SMTP_URL`), or a maildir in its place. Each node has the files it wrote.",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `isKept` is false where e-mail is sent, or dropped, and not kept here",
      content: {
        "application/json": {
          schema: pageSchema(head).extend({
            isKept: z.boolean().openapi({ description: "E-mail is written into files here" }),
          }),
        },
      },
    },
    ...problems,
  },
});

export function list({ config: { maildir = null } }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? null : readCursor(cursor, ID);
    const letters = await maildir?.page(c.var.tenant, { before, limit: limit + 1 }) ?? [];
    const page = pageOf(letters, { limit, view: headOf, placeOf: ({ id }) => id });
    return c.json({ ...page, isKept: maildir !== null }, 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/mail/{id}",
  access: "viewer",
  operationId: "getMail",
  tags: ["mail"],
  summary: "One e-mail that was written into a file",
  request: {
    params: z.object({
      id: z.string().regex(ID, "must be the id of an e-mail").openapi({ description: "Of the e-mail" }),
    }),
    query: z.object({
      format: z.enum(["json", "html", "eml"]).default("json").openapi({
        description: "`html`: its HTML part; `eml`: the file as it is",
      }),
    }),
  },
  responses: {
    200: {
      description: "The e-mail",
      content: {
        "application/json": { schema: letterView },
        "text/html": { schema: z.string() },
        "message/rfc822": { schema: z.string() },
      },
    },
    ...problems,
  },
});

export function get({ config: { maildir = null } }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const { format } = c.req.valid("query");
    const letter = await maildir?.read(c.var.tenant, id) ?? null;
    if (letter === null) throw new RuntimeError("not-found", "There is no such e-mail");
    if (format === "json") return c.json(viewOf(letter), 200);
    const text = format === "html" ? letter.message.html : letter.raw;
    if (text === null) throw new RuntimeError("not-found", "The e-mail has no HTML part");
    return c.body(text, 200, {
      "Content-Type": format === "html" ? "text/html; charset=utf-8" : "message/rfc822",
      "Content-Disposition": `${format === "html" ? "inline" : "attachment"}; filename="${letter.id}.${format}"`,
      "Content-Security-Policy": LETTER_POLICY,
    });
  };
}

function headOf({ id, message: { headers } }: KeptLetter): z.infer<typeof head> {
  const of = (name: string) => headers.get(name) ?? "";
  const at = Date.parse(of("date"));
  return {
    id,
    messageId: of("message-id"),
    from: of("from"),
    to: of("to"),
    subject: of("subject"),
    at: Number.isNaN(at) ? null : iso(at),
  };
}

function viewOf(letter: KeptLetter): z.infer<typeof letterView> {
  const { headers, text, html } = letter.message;
  const unsubscribe = headers.get("list-unsubscribe") ?? null;
  return { ...headOf(letter), text: text ?? "", hasHtml: html !== null, unsubscribe };
}
