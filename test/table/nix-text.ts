/** A Nix text in two parts. Both are as long as the text: each has blanks where the other one has its characters. */
export interface NixParts {
  /** The code, with the quotes of strings. */
  code: string;
  /** The contents of strings, without interpolations. */
  strings: string;
}

type Context = "code" | '"' | "''";

/** Matches the next piece of code, and of the two kinds of strings. */
const pieces: Record<Context, RegExp> = {
  code: /#[^\n]*|\/\*[\s\S]*?\*\/|''|"|\{|\}|[^#/'"{}]+|[\s\S]/y,
  '"': /\\[\s\S]|\$\{|"|[^\\$"]+|[\s\S]/y,
  "''": /'''|''\$|''\\[\s\S]|\$\$|\$\{|''|[^'$]+|[\s\S]/y,
};

/** Separates the code of a Nix text from its strings. Comments are in neither part. */
export function splitNix(text: string): NixParts {
  const parts = { code: "", strings: "" };
  const contexts: Context[] = ["code"];
  for (let at = 0; at < text.length; ) {
    const context = contexts.at(-1)!;
    const pattern = pieces[context];
    pattern.lastIndex = at;
    const piece = pattern.exec(text)![0];
    at += piece.length;
    const blank = piece.replace(/[^\n]/g, " ");
    if (context === "code") {
      if (piece === '"' || piece === "''") contexts.push(piece);
      else if (piece === "{") contexts.push("code");
      else if (piece === "}" && contexts.length > 1) contexts.pop();
      const endsInterpolation = piece === "}" && contexts.at(-1) !== "code";
      parts.code += endsInterpolation || /^(?:#|\/\*)/.test(piece) ? blank : piece;
      parts.strings += blank;
    } else if (piece === context || piece === "${") {
      parts.code += piece === "${" ? "  " : piece;
      parts.strings += blank;
      if (piece === context) contexts.pop();
      else contexts.push("code");
    } else {
      parts.code += blank;
      parts.strings += unescaped(piece, context);
    }
  }
  return parts;
}

/** Returns the text that a piece of a string stands for, padded to the length of the piece. */
function unescaped(piece: string, context: Context): string {
  if (piece === "''$") return "  $";
  if (piece === "'''") return " ''";
  if (context === '"' && piece.startsWith("\\")) return ` ${piece === "\\n" ? " " : piece[1]}`;
  return piece;
}
