import { expect, it } from "vitest";
import { compressFrame, decompressFrame } from "../../../runtime/util/encoding/zstd.ts";

it("compressing many frames in one turn of the event loop needs no more memory than compressing one", () => {
  const plain = Buffer.alloc(300, 1);
  const frame = Buffer.from(compressFrame(plain, 1));
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 10_000; i++) compressFrame(plain, 1);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  compressFrame(Buffer.alloc(5 << 20, "text"), 19);
  expect(Buffer.from(compressFrame(plain, 1))).toEqual(frame);
  expect(decompressFrame(frame, 300)).toEqual(plain);
});
