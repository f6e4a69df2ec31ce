import assert from "node:assert/strict";
import { test } from "node:test";
import { frameSizeError } from "./frame.ts";

const mb = 2 ** 20;
const frame = (size: number, outgoing: number) => ({ size, outgoing, pointerBytes: 0, locals: [] });

test("frames and arguments of 1 GB and more are refused in gc's words", () => {
  assert.equal(frameSizeError(frame(1023 * mb, 0), 8), null);
  const large = "stack frame too large (>1GB):";
  assert.equal(frameSizeError(frame(1024 * mb, 0), 8), `${large} 1024 MB locals + 0 MB args`);
  assert.equal(frameSizeError(frame(0, 0), 1430 * mb), `${large} 0 MB locals + 1430 MB args`);
  assert.equal(frameSizeError(frame(1500 * mb, 1000 * mb), 8), `${large} 500 MB locals + 0 MB args + 1000 MB callee`);
});
