/** A regular expression that matches this text alone. */
export function escapeRegExp(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, "\\$&");
}
