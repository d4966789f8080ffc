/** A text as a Nix literal. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\]|\$\{/g, "\\$&")}"`;
}
