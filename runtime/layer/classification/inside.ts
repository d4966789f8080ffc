import {
  arMembers,
  endOfZip,
  pngMembers,
  sectionMembers,
  tarMembers,
  zipMembers,
} from "../formats/archives.ts";
import {
  type Budget,
  decoders,
  type Limits,
  type Member,
  opaque,
  type Unpackers,
  unpackOne,
} from "../formats/decoders.ts";
import { isElf } from "../formats/elf.ts";
import { embedded, mayEmbed } from "../formats/embedded.ts";
import { headLength, notRelocatableFormat } from "../formats/signatures.ts";

/** Archives nested more deeply are not unpacked. */
const maxDepth = 4;
const maxMembers = 100_000;

/**
 * Searches an archive or a compressed file for something that a search of the file itself does not find.
 * @returns the member's name, or the format's; `unsearched` if something could not be unpacked; null if nothing was
 *   found
 */
export function findInside(
  bytes: Buffer,
  finds: (bytes: Buffer) => boolean,
  tools: Unpackers,
  budget: Budget,
  name = "",
): { member: string } | "unsearched" | null {
  return search(bytes, { finds, tools, budget, name }, 0);
}

interface Task extends Limits {
  finds: (bytes: Buffer) => boolean;
  /** The file's name, for formats that are only recognised by it. */
  name: string;
}

function search(bytes: Buffer, task: Task, depth: number): { member: string } | "unsearched" | null {
  const members = membersOf(bytes, task);
  if (members === null) return null;
  if (depth === maxDepth) return "unsearched";
  let result: "unsearched" | null = null;
  try {
    let count = 0;
    for (const member of members) {
      if (++count > maxMembers) return "unsearched";
      if (member === "unsearched") result = member;
      else if (member.plain !== true && task.finds(member.bytes)) return { member: member.name };
      else {
        const inner = search(member.bytes, { ...task, name: member.name }, depth + 1);
        if (typeof inner === "object" && inner !== null) return inner;
        result ??= inner;
      }
    }
  } catch {
    // The file only looks like an archive, or is truncated.
    return result;
  }
  return result;
}

/** Unpacks a file's members; null if it is neither compressed nor an archive. */
function membersOf(bytes: Buffer, task: Task): Iterable<Member | "unsearched"> | null {
  if (isElf(bytes)) return chain(sectionMembers(bytes, task.budget), embedded(bytes, task));
  const format = notRelocatableFormat(bytes.subarray(0, headLength));
  if (format === "deb" || bytes.toString("latin1", 0, 8) === "!<arch>\n") return arMembers(bytes);
  if (format === "tar") return tarMembers(bytes);
  if (format === "png") return pngMembers(bytes, task.budget);
  if (format === "zip" || endOfZip(bytes) >= 0) return zipMembers(bytes, task.budget);
  if (format !== null && decoders[format] !== undefined) return unpackOne(bytes, format, task);
  if (format !== null && opaque.has(format)) return ["unsearched"];
  if (/\.br$/.test(task.name)) return unpackOne(bytes, "brotli", task);
  return mayEmbed(bytes) ? embedded(bytes, task) : null;
}

function* chain<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
