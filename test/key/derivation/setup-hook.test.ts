import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesProvidedBy } from "../../../runtime/key/derivation/setup-hook.ts";
import type { ByteString } from "../../../runtime/util/bytes.ts";

describe("namesProvidedBy", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "phasecache-brought-"));
    mkdirSync(join(root, "nix-support"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const brought = (hook: string) => {
    writeFileSync(join(root, "nix-support/setup-hook"), hook);
    return namesProvidedBy(root as ByteString);
  };

  it("returns variables that the setup hook sets or declares", () => {
    const hook =
      "A=1\nB+=(x)\nexport C\nexport D=1\ndeclare -a E\ndeclare -gA F=() G\ntypeset H I\n  local=indented\n";
    expect(brought(hook)?.variables).toEqual(["A", "B", "C", "D", "E", "F", "G", "H", "I"]);
  });

  it("does not return keywords and commands", () => {
    const hook =
      'if [[ -n $x ]]\nthen\n  cat <<EOF\ntext\nEOF\nelse\n  true\nfi\nfor i in a\ndo\n  :\ndone\naddEnvHooks "$hostOffset" f\n';
    expect(brought(hook)?.variables).toEqual([]);
  });

  it("does not return variables of other languages in here-documents", () => {
    const hook =
      "A=1\nf() {\n  python - <<EOF || exit 1\nimport sys\nB=sys.argv\nEOF\n}\ncat <<'X'\nC=1\nX\nD=1\n";
    expect(brought(hook)?.variables).toEqual(["A", "D"]);
  });

  it("returns functions in every form of definition", () => {
    expect(brought("f() {\n :\n}\nfunction g {\n :\n}\nfunction h() { :; }\n")?.functions).toEqual([
      "f",
      "g",
      "h",
    ]);
  });
});
