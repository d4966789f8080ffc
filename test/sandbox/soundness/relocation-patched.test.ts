import { describeCases, type SoundnessCase } from "./check.ts";

/** A phase creates `a`, which is installed; then `postInstall` is added, which changes `$out`. */
function made(
  buildPhase: string,
  expected: Partial<SoundnessCase> = { through: "buildPhase" },
): SoundnessCase {
  return {
    package: `
      buildPhase = ''${buildPhase}'';
      installPhase = ''mkdir -p $out; cp -r a $out/; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    ...expected,
  };
}

const python = (...lines: string[]) =>
  ["python3 - <<'END'", "import os, struct", "o = os.environ['out']", ...lines, "END", ""].join("\n");
const compiled = (code: string, path: string, options = "") =>
  `cat > x.c <<'END'\n${code}\nEND\ngcc ${options} -DP="${path}" x.c -o a; rm x.c\n`;

describeCases("files in which hashes are replaced", {
  "UTF-16 in an object": made(
    compiled(
      "#include <uchar.h>\nconst char16_t dir[] = P;\nint main(void) { return dir[0] != 47; }",
      String.raw`u\"$out/share\"`,
    ),
  ),
  "UTF-16 and wchar_t strings of different lengths": made(
    compiled(
      '#include <wchar.h>\n#include <uchar.h>\nstatic const char16_t s[] = u"x" P;\nstatic const wchar_t w[] = L"xy" P;\nint main(int n, char **v) { return s[n] != w[n + 1]; }',
      String.raw`\"$out/share\"`,
      "-O2",
    ),
  ),
  "big-endian UTF-16 and UTF-32": made(
    python(
      "open('a', 'wb').write(b'\\xfe\\xff' + o.encode('utf-16-be') + o.encode('utf-32-be') + o.encode('utf-32-le'))",
    ),
  ),
  "an archive with an object and a text": made(
    `echo "const char p[] = \\"$out\\";" > x.c; gcc -c x.c -o x.o; echo "to $out" > t; ar rcD a x.o t; rm x.c x.o t`,
  ),
  "a class file": made(
    python(
      "open('a', 'wb').write(b'\\xca\\xfe\\xba\\xbe\\0\\0\\0\\x34\\0\\x02\\x01' + struct.pack('>H', len(o)) + o.encode())",
    ),
  ),
  "bytecode with the time of its source": made(
    `mkdir a; echo "p = '$out'" > a/m.py; touch -d @315619200 a/m.py; python3 -m compileall -q --invalidation-mode timestamp a`,
  ),
  "a pickle": made(python("import pickle", "pickle.dump({'p': o}, open('a', 'wb'), 4)")),
  "a gettext catalogue with the path in a translation": made(
    python(
      "v = o.encode()",
      "open('a', 'wb').write(struct.pack('<7I', 0x950412de, 0, 1, 28, 36, 0, 44) + struct.pack('<4I', 1, 44, len(v), 46) + b'k\\0' + v + b'\\0')",
    ),
  ),
  "text that begins like a compressed format": made(`echo "x^2 and BZh of $out" > a`),
  "file names and symlinks": made(`mkdir -p a$out; ln -s $out a/l; touch a/$(basename $out)`),
  "a digest of a file without an output path": made(
    `mkdir a; echo $out > a/p; echo x > a/x; sha256sum a/x > a/s`,
  ),
  "unrelated characters that equal no part of the hash": made(
    `echo "xyzxyzxy 0123456789abcdef" > a; echo $out >> a`,
  ),
  "a file of unknown format, which is reported": made(
    python("open('a', 'wb').write(b'\\0\\1unknown\\0' + o.encode())"),
    { through: "buildPhase", says: /relocated files of unknown format, .*: build\/a/ },
  ),
  "a file that is not relocatable and was removed later": {
    package: `
      configurePhase = ''echo $out $out $out | gzip -n > config.gz; echo $out > config''; buildPhase = ''rm config.gz'';
      installPhase = ''mkdir -p $out; cp config $out; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
});

const state = (preConfigure: string, says: RegExp): SoundnessCase => ({
  package: `
    configurePhase = ''${preConfigure}''; buildPhase = ''true'';
    installPhase = ''mkdir -p $out; declare -p | grep -a OWN_ > $out/a || true; runHook postInstall'';`,
  edit: `preInstall = "true";`,
  through: "patchPhase",
  says,
});

describeCases("values that a phase derived from the path", {
  "a part of the hash": state(
    `h=''\${out##*/}; export OWN_ID=''\${h:0:12}; unset h`,
    /miss at configurePhase: the variable OWN_ID/,
  ),
  "a short part of the hash": state(
    `h=''\${out##*/}; export OWN_ID=v''\${h:0:7}; OWN_ID=''\${OWN_ID#v}; unset h`,
    /the variable OWN_ID/,
  ),
  "base 64": state(`export OWN_B=$(printf %s "$out" | base64 -w0)`, /the variable OWN_B/),
  "upper case, in an array": state(`declare -ga OWN_A=(x "''\${out^^}")`, /the variable OWN_A/),
  "a digest": state(`export OWN_D=$(echo "$out" | sha256sum)`, /the variable OWN_D/),
  "a function": state(`eval "OWN_f() { echo ''\${out:11:10}; }"`, /the function OWN_f/),
});
