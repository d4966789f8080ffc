import { execFileSync } from "node:child_process";
import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { detailsOf, modeOf, typeOf } from "../../runtime/tree/entry.ts";
import { Scan } from "../../runtime/tree/find.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { PhaseCacheError } from "../../runtime/util/error.ts";
import { bash, find, makeRig, unprivileged } from "./rig.ts";

let rig: ReturnType<typeof makeRig>;
beforeEach(() => {
  rig = makeRig();
});
afterEach(() => rig.remove());

const paths = () => [...scanTree(rig.roots, find).tree.keys()];

describe("a scan", () => {
  it("is empty for roots that do not exist", () => {
    const { tree, skipped } = scanTree([{ name: "outputs/out", path: join(rig.directory, "none") }], find);
    expect(tree.size + skipped.length).toBe(0);
  });

  it("lists everything below the build directory, but not the directory itself", () => {
    bash(rig.build, "mkdir -p a/b; echo 1 > a/b/c");
    expect(paths()).toEqual(["build/a", "build/a/b", "build/a/b/c"]);
  });

  it("lists an output and everything below it", () => {
    bash(rig.directory, "mkdir -p outputs/x-1.0/bin; echo 1 > outputs/x-1.0/bin/x");
    expect(paths()).toEqual(["outputs/out", "outputs/out/bin", "outputs/out/bin/x"]);
  });

  it("lists an output that is a single file", () => {
    writeFileSync(rig.out, "1");
    expect(paths()).toEqual(["outputs/out"]);
  });

  it("lists an output that is a symlink, but not its target", () => {
    bash(rig.build, "echo 1 > file");
    symlinkSync(rig.build, rig.out);
    expect(paths()).toEqual(["build/file", "outputs/out"]);
  });

  it("follows a symlink to the build directory", () => {
    bash(rig.build, "echo 1 > file");
    renameSync(rig.build, `${rig.build}.real`);
    symlinkSync(`${rig.build}.real`, rig.build);
    expect(paths()).toEqual(["build/file"]);
  });

  it("leaves out excluded files, but only directly in the build directory", () => {
    bash(
      rig.build,
      `mkdir -p sub .phasecache-1/x
      for d in . sub; do touch $d/env-vars $d/.attrs.json $d/.attrs.sh $d/.attr-0abc $d/env-vars.txt $d/.attr; done`,
    );
    const kept = ["env-vars", ".attrs.json", ".attrs.sh", ".attr-0abc", "env-vars.txt", ".attr"];
    expect(paths().sort()).toEqual(
      ["build/env-vars.txt", "build/.attr", "build/sub", ...kept.map((name) => `build/sub/${name}`)].sort(),
    );
  });

  it("preserves unusual names", () => {
    bash(
      rig.build,
      String.raw`touch -- $'new\nline' '-dash' '*' 'back\slash' $'\xff\xfe' ' '; ln -s $'to\n\xff' link`,
    );
    const { tree } = scanTree(rig.roots, find);
    const names = ["new\nline", "-dash", "*", "back\\slash", "\xff\xfe", " ", "link"];
    expect([...tree.keys()].sort()).toEqual(names.map((name) => `build/${name}`).sort());
    expect(tree.get("build/link")?.target).toBe("to\n\xff");
  });

  it("lists sockets as skipped", async () => {
    const server = createServer().listen(join(rig.build, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    bash(rig.build, "mkfifo fifo");
    const { tree, skipped } = scanTree(rig.roots, find);
    server.close();
    expect(skipped).toEqual(["build/socket"]);
    expect(typeOf(tree.get("build/fifo")!)).toBe("p");
  });

  it("has the type, mode, size, ctime and number of links of a file", () => {
    bash(rig.build, "echo 12345 > a; chmod 0604 a; ln a b; mkdir d; chmod 1777 d");
    const { tree } = scanTree(rig.roots, find);
    const [a, b, d] = ["a", "b", "d"].map((name) => tree.get(`build/${name}`)!);
    expect([typeOf(a!), modeOf(a!), typeOf(d!), modeOf(d!)]).toEqual(["f", 0o604, "d", 0o1777]);
    const ctime = execFileSync("stat", ["-c", "%.9Z", join(rig.build, "a")], { encoding: "utf8" }).trim();
    expect(detailsOf(a!)).toMatchObject({ size: 6, links: 2, ctime: `${ctime}0` });
    expect(detailsOf(a!).identity).toBe(detailsOf(b!).identity);
  });
});

describe("a failed scan", () => {
  it("throws when find fails", () => {
    expect(() => scanTree(rig.roots, "/bin/false")).toThrow(PhaseCacheError);
  });

  it("names a find that does not exist", () => {
    expect(() => scanTree(rig.roots, "/nowhere/find")).toThrow("/nowhere/find");
  });
});

it("lists directories without permissions, and restores their modes", async () => {
  await unprivileged(() => bash(rig.build, "mkdir -p a/b; echo 1 > a/b/c; chmod 0300 a/b; chmod 0000 a"));
  const { tree } = await unprivileged(() => scanTree(rig.roots, find));
  expect([...tree.keys()]).toEqual(["build/a", "build/a/b", "build/a/b/c"]);
  expect([modeOf(tree.get("build/a")!), modeOf(tree.get("build/a/b")!)]).toEqual([0, 0o300]);
  expect(bash(rig.build, "stat -c %a a a/b")).toBe("0\n300\n");
});

describe("an encoded scan", () => {
  it("decodes to the same entries in the same order", () => {
    bash(
      rig.build,
      String.raw`mkdir d; touch d/$'\xff\n'; ln -s $'\xfe' d/l; ln -s x z; truncate -s 1M hole`,
    );
    const scan = scanTree(rig.roots, find);
    expect([...Scan.decode(scan.encode()).tree]).toEqual([...scan.tree]);
    scan.update([["build/z", scan.tree.get("build/d")!]]);
    expect([...Scan.decode(scan.encode()).tree]).toEqual([...scan.tree]);
  });

  it("may be empty", () => {
    expect(Scan.decode(scanTree(rig.roots, find).encode()).tree.size).toBe(0);
    expect(Scan.decode(scanTree([], find).encode()).tree.size).toBe(0);
  });

  it("is refused when it is truncated", () => {
    bash(rig.build, "touch a b c");
    const scan = scanTree(rig.roots, find);
    const requireRefusal = () => {
      const bytes = scan.encode();
      const lastField = bytes.lastIndexOf(0, bytes.length - 2);
      expect(() => Scan.decode(bytes.subarray(0, lastField)).tree).toThrow("incomplete");
    };
    requireRefusal();
    scan.update([]);
    requireRefusal();
  });
});

describe("isSame", () => {
  const rescan = (before: Uint8Array) => {
    const scan = scanTree(rig.roots, find);
    return scan.isSame(before) ? null : scan;
  };
  const again = (change: string) => {
    bash(rig.directory, "mkdir -p build/a outputs/x-1.0; echo 1 > build/a/b; ln -s b build/a/l");
    const before = scanTree(rig.roots, find).encode();
    bash(rig.directory, change);
    return rescan(before);
  };

  it("is true when nothing changed", () => {
    expect(again("cat build/a/b")).toBeNull();
  });

  it.each([
    "echo 2 > build/a/b",
    "touch -r build/a/b t; echo 2 > build/a/b; touch -r t build/a/b",
    "chmod 600 build/a/b",
    "ln build/a/b c",
    "ln -sfn c build/a/l",
    "rm build/a/b",
    "mkdir build/d",
    "mv outputs/x-1.0 outputs/y",
    "mv outputs/x-1.0 outputs/x-1.0-dev",
  ])("is false after %s", (change) => {
    expect(again(change)?.tree).toEqual(scanTree(rig.roots, find).tree);
  });

  it("is false when directories had to be made accessible", async () => {
    await unprivileged(() => expect(again("chmod 0 build/a")).not.toBeNull());
    const opened = await unprivileged(() => scanTree(rig.roots, find));
    expect(await unprivileged(() => rescan(opened.encode()))).not.toBeNull();
  });
});
