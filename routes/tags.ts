/** What routes are about: the parts of the OpenAPI document, and what an API key may be for. */
export const TAGS = {
  "jobs": "Background work: submit it, watch it, cancel it, run it again",
  "dead letters": "What was given up, with its error",
  "actors": "Addressed things with state, one message at a time",
  "kinds": "What actors and job types there are, and whether they run",
  "notifications": "What happens, as it is committed",
  "keys": "What programs sign in with",
  "sessions": "Signing in and out of the server's pages",
  "audit": "Who did what",
  "operations": "How the server is",
} as const;

export type Tag = keyof typeof TAGS;
