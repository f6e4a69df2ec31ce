import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter, PosTable } from "./index.ts";

test("varints round-trip", () => {
  const values = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 40 + 5, 2 ** 51 + 1];
  const w = new ByteWriter(1);
  for (const v of values) {
    w.uvarint(v);
    w.varint(-Math.floor(v));
  }
  const r = new ByteReader(w.toBytes());
  for (const v of values) {
    assert.equal(r.uvarint(), v);
    assert.equal(r.varint() + Math.floor(v), 0);
  }
  assert.equal(r.remaining, 0);
});

test("negative 64-bit integers are two's complement", () => {
  const w = new ByteWriter();
  w.i64(-2);
  assert.deepEqual([...w.toBytes()], [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  assert.equal(new ByteReader(w.toBytes()).i64(), -2);
});

test("positions resolve through //line directives", () => {
  const table = new PosTable();
  table.addFile("a.go", 10);
  const f = table.addFile("b.go", 100);
  f.lineStarts.push(10, 20, 30);
  f.addDirective(20, "orig.y", 7, 0);
  assert.equal(table.format(f.pos(12)), "b.go:2:3");
  assert.equal(table.format(f.pos(35)), "orig.y:8");
});
