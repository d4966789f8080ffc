/** Quotes a text as a string literal of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\]|\$\{/g, "\\$&")}"`;
}
