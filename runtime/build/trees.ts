import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../util/bytes.ts";
import { unreachable } from "../util/error.ts";

/** A file with what a Nix archive records of it: no owner, no times, and of the mode only the executable bit. */
type Node =
  | { type: "directory" }
  | { type: "file"; executable: boolean; size: number; digest: string }
  | { type: "symlink"; target: ByteString };

/** The files of an output by their paths in it; the output itself has the empty path. */
export type Listing = ReadonlyMap<ByteString, Node>;

/** A difference between two builds in one file of an output. Sizes and offsets are bytes. */
export type Difference = { path: ByteString } & (
  | { kind: "only-restored" | "only-clean" }
  | { kind: "type"; restored: Node["type"]; clean: Node["type"] }
  | { kind: "target"; restored: ByteString; clean: ByteString }
  /** `restored` and `clean`: whether the file is executable. */
  | { kind: "executable"; restored: boolean; clean: boolean }
  | { kind: "contents"; restored: number; clean: number; from: number }
);

const block = Buffer.allocUnsafe(1 << 20);

/** Lists an output, with a digest of each file. */
export function listOutput(root: string): Listing {
  const nodes = new Map<ByteString, Node>();
  const visit = (path: ByteString) => {
    const absolute = at(root, path);
    const stat = lstatSync(absolute);
    if (stat.isSymbolicLink()) {
      nodes.set(path, { type: "symlink", target: fromBytes(readlinkSync(absolute, { encoding: "buffer" })) });
    } else if (stat.isDirectory()) {
      nodes.set(path, { type: "directory" });
      for (const name of readdirSync(absolute, { encoding: "buffer" }).map(fromBytes).sort())
        visit(path === "" ? name : `${path}/${name}`);
    } else {
      const executable = (stat.mode & 0o100) !== 0;
      nodes.set(path, { type: "file", executable, size: stat.size, digest: digestOf(absolute) });
    }
  };
  visit("");
  return nodes;
}

/** Returns the paths at which two outputs differ. */
export function differingPaths(one: Listing, other: Listing): ByteString[] {
  const paths = [...new Set([...one.keys(), ...other.keys()])].sort();
  return paths.filter((path) => JSON.stringify(one.get(path)) !== JSON.stringify(other.get(path)));
}

/** Compares the output of a restored build with that of a clean one; both must still exist. */
export function compareOutputs(
  restored: { root: string; files: Listing },
  clean: { root: string; files: Listing },
): Difference[] {
  return differingPaths(restored.files, clean.files).map((path) => {
    const [a, b] = [restored.files.get(path), clean.files.get(path)];
    if (a === undefined || b === undefined)
      return { path, kind: a === undefined ? "only-clean" : "only-restored" };
    if (a.type !== b.type) return { path, kind: "type", restored: a.type, clean: b.type };
    switch (a.type) {
      case "directory":
        throw new Error("directories do not differ");
      case "symlink":
        return { path, kind: "target", restored: a.target, clean: (b as typeof a).target };
      case "file": {
        const other = b as typeof a;
        if (a.digest === other.digest)
          return { path, kind: "executable", restored: a.executable, clean: other.executable };
        const from = firstDifference(at(restored.root, path), at(clean.root, path));
        return { path, kind: "contents", restored: a.size, clean: other.size, from };
      }
      default:
        return unreachable(a);
    }
  });
}

function at(root: string, path: ByteString): Buffer {
  return path === "" ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), toBytes(path)]);
}

function digestOf(path: Buffer): string {
  const hash = createHash("sha256");
  for (const piece of pieces(path, block)) hash.update(piece);
  return hash.digest("hex");
}

function firstDifference(one: Buffer, other: Buffer): number {
  const others = pieces(other, Buffer.allocUnsafe(block.length));
  let before = 0;
  for (const piece of pieces(one, block)) {
    const next = others.next();
    const compared: Uint8Array = next.done ? Buffer.alloc(0) : next.value;
    if (!piece.equals(compared)) {
      const index = piece.findIndex((byte, i) => byte !== compared[i]);
      return before + (index < 0 ? piece.length : index);
    }
    before += piece.length;
  }
  return before;
}

function* pieces(path: Buffer, buffer: Buffer): Generator<Buffer> {
  const fd = openSync(path, "r");
  try {
    for (let read = 1; read > 0; ) {
      read = readSync(fd, buffer, 0, buffer.length, null);
      if (read > 0) yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(fd);
  }
}
