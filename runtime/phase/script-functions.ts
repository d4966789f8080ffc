/** Defines a function that succeeds if its first argument is one of these words. */
export function matching(name: string, words: readonly string[]): string {
  const match = words.length === 0 ? "" : `${words.join("|")}) ;; `;
  return `${name}() { case \${1-} in ${match}*) \\builtin return 1 ;; esac; }`;
}
