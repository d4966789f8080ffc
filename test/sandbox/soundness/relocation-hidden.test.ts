import { describeCases, type SoundnessCase } from "./check.ts";

/** A phase creates `a`, which is installed; then `postInstall` is added, which changes `$out`. */
function made(buildPhase: string, says: RegExp): SoundnessCase {
  return {
    package: `
      buildPhase = ''${buildPhase}'';
      installPhase = ''mkdir -p $out; cp -r a $out/; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    says,
  };
}

const python = (...lines: string[]) =>
  [
    "python3 - <<'END'",
    "import os, struct, zlib, gzip, lzma, bz2",
    "o = os.environ['out']",
    ...lines,
    "END",
    "",
  ].join("\n");
const { raw } = String;
const packed = /build\/a\S* contains an output path in packed data/;

describeCases("compressed data inside other files", {
  "zlib after a length": made(
    python("open('a', 'wb').write(struct.pack('>I', 150) + zlib.compress(o.encode() * 3))"),
    packed,
  ),
  "gzip in the middle of a binary": made(
    python("open('a', 'wb').write(bytes(1000) + gzip.compress(o.encode() * 3, mtime=0) + bytes(50))"),
    packed,
  ),
  "gzip in an object": made(
    `echo $out $out $out | gzip -n > z; echo '__asm__(".section .rodata\\n.incbin \\"z\\"");' > x.c; gcc -c x.c -o a; rm z x.c`,
    packed,
  ),
  "a script with a compressed archive appended": made(
    python("open('a', 'wb').write(b'#!/bin/sh\\nexit\\n' + gzip.compress(o.encode() * 3, mtime=0))"),
    packed,
  ),
  "compressed text in an image": made(
    python(
      "c = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))",
      raw`open('a', 'wb').write(b'\x89PNG\r\n\x1a\n' + c(b'zTXt', b'path\0\0' + zlib.compress(o.encode() * 3)) + c(b'IEND', bytes()))`,
    ),
    packed,
  ),
  "a compressed member of a Debian package": made(
    `mkdir d; echo $out $out $out > d/x; tar -C d --mtime=@1 -cf data.tar .; xz data.tar; echo 2.0 > debian-binary; ar rcD a debian-binary data.tar.xz; rm -r d data.tar.xz debian-binary`,
    packed,
  ),
});

describeCases("encodings that tools write", {
  "a hexadecimal dump with spaces": made(
    `printf %s "$out" | od -An -tx1 > a`,
    /another form \(hexadecimal\)/,
  ),
  "a table as written by xxd -i": made(
    python(
      "c = ['0x%02x' % b for b in o.encode()]",
      "open('a', 'w').write(',\\n'.join('  ' + ', '.join(c[i:i + 12]) for i in range(0, len(c), 12)))",
    ),
    /another form \(hexadecimal\)/,
  ),
  "base 32": made(`printf %s "x$out" | base32 -w0 > a`, /another form \(base32\)/),
  reversed: made(`echo "$out" | rev > a`, /another form \(reversed text\)/),
  "a digest of the path": made(`printf %s "$out" | sha256sum > a`, /build\/a contains a digest/),
  "git objects": made(
    `export HOME=$PWD GIT_AUTHOR_DATE=2001-01-01T00:00:00Z GIT_COMMITTER_DATE=2001-01-01T00:00:00Z; git init -q a; cd a; rm -rf .git/hooks; git config user.email a; git config user.name b; echo "to $out" > f; git add f; git commit -qm x; rm .git/index; cd ..`,
    /build\/a\S* contains/,
  ),
  "a list of outputs, sorted by their paths": {
    package: `
      outputs = [ "out" "dev" "lib" "doc" ];
      buildPhase = ''printf '%s\\n' $out $dev $lib $doc | LC_ALL=C sort > a'';
      installPhase = ''mkdir -p $out $dev $lib $doc; cp a $dev/; runHook postInstall'';`,
    edit: `preInstall = "true";`,
  },
  "a program with a build ID, which is reported": {
    package: `
      buildPhase = ''echo 'const char p[] = P; int main(void) { return p[0] == 0; }' > x.c; PATH=/usr/bin gcc -Wl,--build-id -DP="\\"$out\\"" x.c -o a; rm x.c'';
      installPhase = ''mkdir -p $out; cp a $out/; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    says: /build IDs are still those of the restored build.*build\/a/,
    mayDiffer: true,
  },
});
