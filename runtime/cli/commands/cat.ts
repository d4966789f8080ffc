import { readEntry } from "../../layer/read.ts";
import { closeLayers, openLayers } from "../../snapshot/layers.ts";
import { openStore } from "../../store/open.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import { escapeNames } from "../../tree/paths.ts";
import { type ByteString, fromText } from "../../util/bytes.ts";
import { defineCommand } from "../command.ts";
import { recordOf, snapshotArgument } from "../snapshots.ts";

export const cat = defineCommand({
  command: "cat <id> <path>",
  describe: "Print a file of a snapshot without extracting the others",
  examples: [["cat hello/buildPhase hello-1.0/config.log", "a file in hello's build directory"]],
  arguments: {
    id: snapshotArgument,
    path: {
      type: "string",
      demandOption: true,
      describe: "Relative to the build directory, in an output ($out/bin/x), or absolute",
    },
  },
  handler: async ({ store: directory, id, path }) => {
    const store = openStore(directory, { write: false });
    const record = recordOf(store, id);
    const layers = openLayers(store, record.header.layers, record.header.outputs);
    try {
      for (const piece of readEntry(layers, layerPath(record.header, path))) await write(Buffer.from(piece));
    } finally {
      closeLayers(layers);
    }
  },
});

/** Returns the path in the layers of what the build had at `path`. */
function layerPath({ buildTop, outputs }: SnapshotHeader, path: string): ByteString {
  const own = Object.entries(outputs).map(([name, place]) => [`outputs/${name}`, place] as const);
  const places = [...own, ["build", buildTop], ["tmp", "/tmp"], ["shm", "/dev/shm"]] as const;
  for (const [root, place] of places)
    if (path === place || path.startsWith(`${place}/`))
      return escapeNames(fromText(root + path.slice(place.length)));
  const [, output, below = ""] = /^\$([^/]+)(.*)$/s.exec(path) ?? [];
  if (output !== undefined) return escapeNames(fromText(`outputs/${output}${below}`));
  return escapeNames(fromText(`build/${path.replace(/^\.\//, "")}`));
}

/** Writes a copy of the piece: the reader reuses its memory. */
function write(piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) =>
    process.stdout.write(piece, (error) => (error == null ? resolve() : reject(error))),
  );
}
