import { describeCases, type SoundnessCase } from "./check.ts";

/** A phase creates `a`, which is installed; then `postInstall` is added, which changes `$out`. */
function made(buildPhase: string, says: RegExp, more = ""): SoundnessCase {
  return {
    package: `
      buildPhase = ''${buildPhase}'';
      installPhase = ''mkdir -p $out; cp -r a $out/; runHook postInstall''; ${more}`,
    edit: `preInstall = "true";`,
    says,
  };
}

const format = (kind: string) =>
  new RegExp(`miss at buildPhase: build/a\\S* contains an output path in a format.*\\(${kind}\\)`);
const packed = (kind: string) =>
  new RegExp(`miss at buildPhase: build/a\\S* contains an output path in packed data \\(${kind}\\)`);
/** A Python script in which `o` is the path of the output. */
const python = (...lines: string[]) =>
  ["python3 - <<'END'", "import os, struct, zlib", "o = os.environ['out']", ...lines, "END", ""].join("\n");
const { raw } = String;

describeCases("formats with checksums that contain a hash unencoded", {
  xz: made(`echo "to $out/share" | xz -0 > a`, format("xz")),
  zstd: made(`echo "to $out/share" | zstd -q > a`, format("zstd")),
  gzip: made(
    python(raw`import gzip`, raw`open('a', 'wb').write(gzip.compress(o.encode(), 0, mtime=0))`),
    format("gzip"),
  ),
  lz4: made(`echo "to $out/share" | lz4 -q > a`, format("lz4")),
  "zlib, stored": made(python(raw`open('a', 'wb').write(zlib.compress(o.encode(), 0))`), format("zlib")),
  "tar with the hash in a name": made(
    `echo hi > f; tar --transform "s,^,''\${out#/}/," --mtime=@1 -cf a f; tar tf a; rm f`,
    format("tar"),
  ),
  "tar of Unix V7, without a magic number": made(
    `mkdir -p x$out; echo hi > x$out/f; tar --format=v7 -C x --mtime=@1 --sort=name -cf a .; rm -r x`,
    format("tar"),
  ),
  cpio: made(
    python(
      raw`n = o.encode() + b'\0'; h = b'070702' + b'%08x' * 13 % (1, 33188, 0, 0, 1, 1, 4, 0, 0, 0, 0, len(n), 0)`,
      raw`open('a', 'wb').write(h + n + b'\0\0\0text')`,
    ),
    format("cpio"),
  ),
  "a zipapp without a file name extension": made(
    `mkdir p; echo "print('$out')" > p/__main__.py; touch -d @315619200 p/*; python3 -m zipapp -p /usr/bin/python3 -o a p; rm -r p`,
    format("zip"),
  ),
  png: made(
    python(
      raw`c = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))`,
      raw`open('a', 'wb').write(b'\x89PNG\r\n\x1a\n' + c(b'tEXt', b'path\0' + o.encode()) + c(b'IEND', bytes()))`,
    ),
    format("png"),
  ),
  sqlite: made(
    python(
      raw`import sqlite3`,
      raw`c = sqlite3.connect('a'); c.execute('create table t(p text primary key)'); c.execute('insert into t values (?)', (o,)); c.commit()`,
    ),
    format("sqlite"),
  ),
  "a constant database": made(
    python(
      raw`k = o.encode(); h = 5381`,
      raw`for b in k: h = (h * 33 & 0xffffffff) ^ b`,
      raw`d = struct.pack('<II', len(k), 1) + k + b'v'; e = 2048 + len(d)`,
      raw`t = bytes(); p = e`,
      raw`for i in range(256):`,
      raw`  n = 2 if i == h % 256 else 0; t += struct.pack('<II', p, n); p += 8 * n`,
      raw`open('a', 'wb').write(t + d + struct.pack('<IIII', h, 2048, 0, 0))`,
    ),
    format("cdb"),
  ),
  "a gettext catalogue with the path in a sorted key": made(
    python(
      raw`k = o.encode(); open('a', 'wb').write(struct.pack('<7I', 0x950412de, 0, 1, 28, 36, 0, 44) + struct.pack('<4I', len(k), 44, 1, 45 + len(k)) + k + b'\0x\0')`,
    ),
    format("message catalogue"),
  ),
  "gvdb, as in glib's schemas": made(
    python(raw`open('a', 'wb').write(b'GVariant' + bytes(16) + o.encode() + bytes(8))`),
    format("gvdb"),
  ),
  "an object with a signature appended": made(
    `echo "const char p[] = \\"$out\\";" > x.c; gcc -c x.c -o a; printf '~Module signature appended~\\n' >> a; rm x.c`,
    format("signed module"),
  ),
  "an archive with a compressed member": made(
    `echo "to $out/share" | xz -0 > m; ar rcD a m; rm m`,
    format("xz"),
  ),
  "an image appended to a program": made(
    `echo "int main(void) { return 0; }" > x.c; gcc x.c -o a; { printf hsqs; head -c 96 /dev/zero; echo $out; } >> a; rm x.c`,
    format("squashfs"),
  ),
});

const twice = `"$out $out $out"`;

describeCases("compressed data that contains a hash", {
  gzip: made(`echo ${twice} | gzip -n > a`, packed("gzip")),
  xz: made(`for i in 1 2 3 4; do echo $i ${twice}; done | xz > a`, packed("xz")),
  bzip2: made(`echo ${twice} | bzip2 > a`, packed("bzip2")),
  lzma: made(`echo ${twice} | xz --format=lzma > a`, packed("lzma")),
  zlib: made(python(raw`open('a', 'wb').write(zlib.compress((o + ' ').encode() * 3))`), packed("zlib")),
  "lz4, with no complete hash in any block": made(
    `h=''\${out#/nix/store/}; echo "''\${h:16:16} ''\${h:0:16} $out $out" | lz4 -9 -q > a`,
    /miss at buildPhase: build\/a contains/,
  ),
  brotli: made(
    `node -e 'require("fs").writeFileSync("a.br", require("zlib").brotliCompressSync((process.env.out + " ").repeat(3)))'; mkdir a; mv a.br a`,
    packed("brotli"),
  ),
  "gzip in a tar": made(
    `mkdir d; echo $out > d/x; tar --mtime=@1 -cf - d | gzip -n > data.tar.gz; tar --mtime=@1 -cf a data.tar.gz; rm -r d data.tar.gz`,
    packed("gzip"),
  ),
  "a jar in a war": made(
    python(
      raw`import zipfile`,
      raw`z = zipfile.ZipFile('i.jar', 'w', zipfile.ZIP_DEFLATED); z.writestr(zipfile.ZipInfo('x'), o * 3, 8); z.close()`,
      raw`z = zipfile.ZipFile('a', 'w'); z.writestr(zipfile.ZipInfo('i.jar'), open('i.jar', 'rb').read()); z.close(); os.remove('i.jar')`,
    ),
    packed("x"),
  ),
  "a compressed section": made(
    `echo "int x;" > x.c; gcc -g3 -gz=zlib -DP="\\"$out $out\\"" -c x.c -o a; rm x.c`,
    packed("a compressed section"),
  ),
});

describeCases("other encodings of a hash", {
  "base 64": made(`printf %s "$out" | base64 -w0 > a`, /build\/a contains .* another form \(base64\)/),
  "base 64 with line breaks": made(
    `printf '%s' "user:$out:x" | base64 -w20 > a`,
    /build\/a contains .* another form \(base64\)/,
  ),
  hexadecimal: made(`printf %s "$out" | od -An -v -tx1 | tr -d ' \\n' > a`, /another form \(hexadecimal\)/),
  "a table in C": made(
    `printf %s "$out" | od -An -v -w12 -tx1 | sed 's/ \\(..\\)/ 0x\\1,/g' > a`,
    /another form \(hexadecimal\)/,
  ),
  "the hash decoded from Nix's base 32": made(
    python(
      raw`n = 0`,
      raw`for c in o[11:43]: n = n * 32 + '0123456789abcdfghijklmnpqrsvwxyz'.index(c)`,
      raw`open('a', 'w').write(n.to_bytes(20, 'little').hex())`,
    ),
    /another form \(hexadecimal\)/,
  ),
  "upper case": made(`echo "''\${out^^}" > a`, /another form \(upper case\)/),
  "the first seven characters of the hash": made(
    `h=''\${out#/nix/store/}; echo "v1-''\${h:0:7}" > a`,
    /in pieces/,
  ),
  "the first ten characters of the hash": made(
    `h=''\${out#/nix/store/}; echo "''\${h:0:10}" > a`,
    /in pieces/,
  ),
  "in the name of a file": made(
    `mkdir a; touch "a/$(printf %s "$out" | base64 -w0 | tr / _)"`,
    /another form \(base64\)/,
  ),
  "immediate operands of 32-bit code": made(
    `echo 'char b[200]; int f(void) { __builtin_strcpy(b, P); return b[0] != 47; }' > x.c; gcc -m32 -O2 -ffreestanding -DP="\\"$out\\"" -c x.c -o a; rm x.c`,
    /in pieces/,
  ),
  "immediate operands with UTF-16": made(
    `echo '#include <uchar.h>
char16_t b[200]; void f(void) { static const char16_t s[] = P; __builtin_memcpy(b, s, sizeof s); }' > x.c; gcc -O2 -mgeneral-regs-only -DP="u\\"$out\\"" -c x.c -o a; rm x.c`,
    /in pieces|restored \S+ through buildPhase/,
  ),
});

describeCases("digests of files that relocation changes", {
  "checksums of installed files": made(
    `mkdir a; echo "exec $out/x" > a/run; (cd a; sha256sum run > SHA256SUMS)`,
    /a\/SHA256SUMS contains a digest/,
    `doInstallCheck = true; installCheckPhase = ''(cd $out/a; sha256sum -c SHA256SUMS)'';`,
  ),
  "checksums in the build directory": made(
    `mkdir a; echo "exec $out/x" > a/run; (cd a; b2sum run > SUMS; sha1sum run >> SUMS)`,
    /a\/SUMS contains a digest/,
  ),
  "the RECORD of a wheel": made(
    python(
      raw`import hashlib, base64`,
      raw`os.mkdir('a'); d = ('p = ' + repr(o)).encode(); open('a/m.py', 'wb').write(d)`,
      raw`open('a/RECORD', 'w').write('m.py,sha256=%s,%d' % (base64.urlsafe_b64encode(hashlib.sha256(d).digest()).rstrip(b'=').decode(), len(d)))`,
    ),
    /a\/RECORD contains a digest/,
  ),
  "subresource integrity": made(
    python(
      raw`import hashlib, base64`,
      raw`os.mkdir('a'); d = ('p = ' + repr(o)).encode(); open('a/m.js', 'wb').write(d)`,
      raw`open('a/i.json', 'w').write('{"integrity": "sha512-%s"}' % base64.b64encode(hashlib.sha512(d).digest()).decode())`,
    ),
    /a\/i\.json contains a digest/,
  ),
  "a file named by its contents": made(
    `mkdir a; echo "to $out" > x; mv x a/main-$(md5sum < x | cut -c-32).txt`,
    /contains a digest/,
  ),
  "a digest of the path": made(`echo "$out" | md5sum > a`, /build\/a contains a digest/),
  "the object name of a git blob": made(
    python(
      raw`import hashlib`,
      raw`os.mkdir('a'); d = (o + chr(10)).encode(); open('a/f', 'wb').write(d)`,
      raw`open('a/id', 'w').write(hashlib.sha1(b'blob %d\0' % len(d) + d).hexdigest())`,
    ),
    /a\/id contains a digest/,
  ),
  "of a file that an earlier phase created": {
    package: `
      configurePhase = ''echo "prefix=$out" > config''; buildPhase = ''sha256sum config > sums'';
      installPhase = ''sha256sum -c sums; mkdir -p $out; cp config sums $out; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "configurePhase",
    says: /build\/sums contains a digest/,
  },
  "bytecode with a hash of its source": {
    package: `
      buildPhase = ''mkdir a; printf '#!%s/bin/python\\nx = 1\\n' $out > a/m.py; python3 -m compileall -q --invalidation-mode checked-hash a'';
      installPhase = ''mkdir -p $out; cp -r a $out/; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    says: /\.pyc contains a checksum/,
  },
  "a reference to debug information": made(
    `mkdir a; echo "const char p[] = \\"$out\\"; int main(void) { return p[0]; }" > x.c; gcc x.c -o a/x.debug; echo "int main(void) { return 0; }" > y.c; gcc y.c -o a/x; objcopy --add-gnu-debuglink=a/x.debug a/x; rm x.c y.c`,
    /a\/x contains a checksum/,
  ),
});
