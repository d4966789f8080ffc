// Fetches other versions of Node to test the runtime with: npm has packages that contain nothing but Node.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchInto, homeOf, run, whyMissingIn } from "./fetch.mjs";

/** The major versions that the runtime is tested with. */
export const majors = [20, 22, 24];

const folderOf = (major) => homeOf(`node-${major}`);
const isOwn = (major) => process.versions.node.startsWith(`${major}.`);

/** The Node of a major version: the one that runs this, or a fetched one. */
export const nodeOf = (major) => (isOwn(major) ? process.execPath : join(folderOf(major), "bin/node"));

/** The reason why a version is missing; null when it exists. */
export function whyNodeMissing(major) {
  return isOwn(major)
    ? null
    : whyMissingIn(folderOf(major), "bin/node", `node test/versions/node.mjs ${major}`);
}

/** Creates `nodeOf(major)` unless it exists. After a failure, `whyNodeMissing` returns the reason. */
export function fetchNode(major) {
  if (isOwn(major)) return;
  fetchInto(folderOf(major), "bin/node", new RegExp(`^v${major}\\.`), (work) => {
    const made = join(work, "made");
    mkdirSync(made);
    run("npm", ["pack", "--silent", "--pack-destination", work, `node-linux-${process.arch}@${major}`]);
    const tarball = readdirSync(work).find((name) => name.endsWith(".tgz"));
    run("tar", ["-xzf", join(work, tarball), "-C", made, "--strip-components=1", "package/bin/node"]);
    return made;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const major = process.argv[2] ?? String(majors.at(-1));
  fetchNode(major);
  process.stderr.write(`${whyNodeMissing(major) ?? nodeOf(major)}\n`);
}
