/**
 * What an error says, without what it quotes: that may be of a payload (`The key "ann@example.com" is not a column`), which
 * no log may hold. From the first quotation mark to the last, since what stands between them may hold some of its own.
 */
export function unquoted(message: string): string {
  return message.replace(/".*"/s, '"…"');
}
