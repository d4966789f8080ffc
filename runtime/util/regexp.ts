/** Escapes a text so that, as a regular expression, it matches only itself. */
export function escapeRegExp(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, "\\$&");
}
