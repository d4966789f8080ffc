"""A second implementation of a store reader, written from docs/format.md. Uses tar, zstd, and its own MessagePack decoder.

    reader.py STORE PACKAGE PHASE DIRECTORY

Extracts the newest snapshot of PHASE into DIRECTORY, checks its indexes, and prints its header and body as JSON."""

import hashlib
import itertools
import json
import os
import shutil
import stat
import struct
import subprocess
import sys


def unpack(b, i=0):
    t, i = b[i], i + 1
    if t < 0x80 or t >= 0xE0: return (t if t < 0x80 else t - 256), i
    if t < 0xC0: kind, n = ("map", t & 15) if t < 0x90 else ("list", t & 15) if t < 0xA0 else ("text", t & 31)
    elif t in (0xC0, 0xC2, 0xC3): return {0xC0: None, 0xC2: False, 0xC3: True}[t], i
    elif 0xCA <= t <= 0xD3: f = ">" + "fdBHIQbhiq"[t - 0xCA]; return struct.unpack_from(f, b, i)[0], i + struct.calcsize(f)
    else: kind, f = {0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xD9: ("text", ">B"), 0xDA: ("text", ">H"), 0xDB: ("text", ">I"), 0xDC: ("list", ">H"), 0xDD: ("list", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I")}[t]; n, i = struct.unpack_from(f, b, i)[0], i + struct.calcsize(f)
    if kind in ("text", "bin"): return (b[i:i + n].decode() if kind == "text" else b[i:i + n]), i + n
    items = []
    for _ in range(2 * n if kind == "map" else n): item, i = unpack(b, i); items.append(item)
    return (dict(zip(items[::2], items[1::2])) if kind == "map" else items), i


def section(data, at):
    length = struct.unpack_from("<I", data, at)[0]
    contents = data[at + 4 : at + 4 + length]
    end = at + 4 + length + 32
    assert hashlib.sha256(contents).digest() == data[end - 32 : end], "wrong checksum"
    value, used = unpack(contents)
    assert used == length
    return value, end


def record(path):
    data = open(path, "rb").read()
    assert data[:8] == b"PHCACHE\x01", "not a record"
    header, at = section(data, 8)
    body, end = section(data, at)
    assert end == len(data)
    return header, body


def blob(store, digest, size):
    path = f"{store}/v1/blobs/sha256/{digest.hex()[:2]}/{digest.hex()}"
    assert os.path.getsize(path) == size
    assert hashlib.sha256(open(path, "rb").read()).digest() == digest
    return path


def numbers(data):
    values, value, shift = [], 0, 0
    for byte in data:
        value, shift = value | (byte & 127) << shift, shift + 7
        if byte < 128:
            values.append(value)
            value, shift = 0, 0
    return values


def index(path):
    data = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
    length = struct.unpack_from("<I", data)[0]
    head = numbers(data[4 : 4 + length])
    columns, at = [], 4 + length
    for size in head[8:]:
        columns.append(data[at : at + size])
        at += size
    assert at == len(data) and len(columns) == 17 and head[0] in (3, 4)
    texts = lambda column: column.split(b"\0") if column else []
    lengths = [512 * n for n in numbers(columns[9])]
    seconds = itertools.accumulate(-(n + 1) // 2 if n % 2 else n // 2 for n in numbers(columns[5]))
    times = [10**9 * second + rest for second, rest in zip(seconds, numbers(columns[6]))]
    count = columns[2].count(b"m")
    assert columns[2].startswith(b"m" * count) and not any(lengths[:count]) and all(lengths[count:])
    assert (head[0] == 4) == (count > 0)
    return {
        "frames": list(zip(numbers(columns[0]), numbers(columns[1]))),
        "types": columns[2],
        "paths": texts(columns[7]),
        "metadata": list(zip(texts(columns[7]), numbers(columns[3]), numbers(columns[4]), times))[:count],
        "removed": texts(columns[10]),
        "end": 512 * head[7] + sum(lengths),
        "relocations": list(zip(itertools.accumulate(numbers(columns[11])), numbers(columns[12]))),
        "classes": list(zip(itertools.accumulate(numbers(columns[13])), numbers(columns[14]), numbers(columns[15]))),
        "kinds": texts(columns[16]),
    }


def patterns(outputs):
    parts = [(name, path.split("/")[-1][:32], path.split("/")[-1][32:]) for name, path in outputs]
    found = [digest for _, digest, _ in parts]
    found += ["-frandom-seed=" + digest[:10] for name, digest, _ in parts if name == "out"]
    partial = [(digest[-n:] + rest)[:8] for _, digest, rest in parts for n in range(1, 8)]
    found += [digest for digest in partial if len(digest) >= 4]
    return found + [zeros.join(digest) for _, digest, _ in parts for zeros in ("\0", "\0\0\0")]


def apply(layer, found, plain, outputs, directory):
    tar = subprocess.run(["zstd", "-dc", layer], check=True, capture_output=True).stdout
    assert len(tar) == plain == sum(size for _, size in found["frames"])
    assert os.path.getsize(layer) == sum(size for size, _ in found["frames"])
    assert len(tar) == found["end"] + 1024 and not any(tar[found["end"] :])
    for offset, number in found["relocations"]:
        assert tar[offset:].startswith(patterns(outputs)[number].encode()), "no pattern at the relocation's offset"
    for entry, verdict, kind in found["classes"]:
        assert found["types"][entry] == ord("f") and verdict < 4 and found["kinds"][kind], "invalid class"
    listing = ["tar", "--zstd", "--quoting-style=literal", "--show-transformed-names", "-tf", layer]
    names = [os.fsencode(name).rstrip(b"/") for name in os.fsdecode(subprocess.run(listing, check=True, capture_output=True).stdout).splitlines()]
    whiteouts = [name for name in names if os.path.basename(name).startswith(b".wh.")]
    removed = [os.path.join(os.path.dirname(name), os.path.basename(name)[4:]) for name in whiteouts]
    assert removed == found["removed"] and names[len(whiteouts) :] == found["paths"][len(found["metadata"]) :]
    for name in removed + [name for name, kind in zip(found["paths"], found["types"]) if kind not in b"dm"]:
        path = os.path.join(os.fsencode(directory), name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
    extract = ["tar", "--zstd", "-xpf", layer, "-C", directory, "--exclude=.wh.*", "--no-same-owner"]
    subprocess.run(extract, check=True)
    for name, mode, size, time in found["metadata"]:
        path = os.path.join(os.fsencode(directory), name)
        status = os.lstat(path)
        assert stat.S_ISREG(status.st_mode) and status.st_size == size, "no such file in the layers below"
        os.utime(path, ns=(time, time))
        os.chmod(path, mode)


def main(store, package, phase, directory):
    folder = f"{store}/v1/snapshots/{package}"
    found = [(name, *record(f"{folder}/{name}")) for name in os.listdir(folder)]
    name, header, body = max((one for one in found if one[1]["phase"] == phase), key=lambda one: one[1]["created"])
    assert name == f"{header['key'].hex()}.{header['id']}" and header["package"] == package
    for digest, size, plain, entries, index_digest, index_size, outputs in header["layers"]:
        layer_index = index(blob(store, index_digest, index_size))
        assert len(layer_index["paths"]) == entries
        apply(blob(store, digest, size), layer_index, plain, header["outputs"][outputs], directory)
    packed = blob(store, *header["initial"])
    initial, _ = unpack(subprocess.run(["zstd", "-dc", packed], check=True, capture_output=True).stdout)
    json.dump({"header": header, "body": body, "initial": initial}, sys.stdout, default=bytes.hex)


main(*sys.argv[1:])
