import { type ByteString, printable, toText } from "../util/bytes.ts";
import { list, matching, object, text, whole } from "../util/encoding/fields.ts";
import { type Digest, isDigest } from "../util/hash.ts";
import { shortPlaceholders } from "./derivation/outputs.ts";

/** One named contributor to a key. */
export interface Input {
  /** An attribute, an element of a dependency list (`buildInputs.openssl`), or an input of phasecache's own. Printable. */
  name: string;
  /** The phase that uses it first, as an index into the list of phases. */
  phase: number;
  digest: Digest;
  /** The value for people: printable, at most 200 characters, with placeholders for own output hashes. */
  preview: string;
  /** Why it belongs to an earlier phase than usual, as a clause: `buildPhase names it`. */
  because?: string;
}

const maxPreviewLength = 200;
const maxNameLength = 1000;
export const maxReasonLength = 200;
const maxInputs = 100_000;

/** Replaces the middle of a long value in a preview. */
export const ellipsis = "…";

/** Returns the preview of a masked value. That of a long value has its start and its end, because most edits append. */
export function previewOf(masked: ByteString): string {
  // Bytes in the middle of a long text are not shown, so they need not be decoded.
  const ends = masked.length > 4096 ? `${masked.slice(0, 1024)}${masked.slice(-1024)}` : masked;
  const text = printable(shortPlaceholders(toText(ends)));
  if (text.length <= maxPreviewLength && ends === masked) return text;
  return `${text.slice(0, maxPreviewLength - 81)}${ellipsis}${text.slice(-80)}`.toWellFormed();
}

/** Makes the name of an input printable. */
export function printableName(name: ByteString): string {
  return printable(toText(name)).slice(0, maxNameLength).toWellFormed();
}

/**
 * Checks inputs from a record, which any build can have written, and makes their texts printable.
 * @throws PhaseCacheError when they are not inputs
 */
export function parseInputs(value: unknown): Input[] {
  return list(value, "the inputs", maxInputs).map(parseInput);
}

function parseInput(value: unknown): Input {
  const { name, phase, digest, preview, because } = object(value, "an input");
  const input = {
    name: printable(text(name, "an input's name", maxNameLength)),
    phase: whole(phase, "an input's phase"),
    digest: matching(digest, "an input's digest", isDigest),
    preview: printable(text(preview, "an input's value", maxPreviewLength)),
  };
  if (because === undefined) return input;
  return { ...input, because: printable(text(because, "an input's reason", maxReasonLength)) };
}
