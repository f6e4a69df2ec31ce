import assert from "node:assert/strict";
import { test } from "node:test";
import { AMD64 } from "../amd64/index.ts";
import {
  Abi,
  BlockKind,
  CallInfo,
  Func,
  FuncRef,
  Local,
  LocalKind,
  Op,
  ResultInfo,
  type Value,
} from "../core/index.ts";
import { layoutFrame } from "../emit/frame.ts";
import { regalloc } from "../regalloc/index.ts";
import { TestTypes } from "../regalloc/testing/types.ts";
import { computeLiveness } from "./index.ts";

const t = new TestTypes();

/** A function that defines variable x, makes calls and reads x in between as told: c call, r read, d definition and store. */
function straight(program: string): { maps: string[]; needZero: number; pointerBytes: number } {
  const f = new Func(new FuncRef("f", { params: [], results: [] }, Abi.ABIInternal, 0, false, ""), 0);
  const b = f.newBlock(BlockKind.Ret);
  f.entry = b;
  const x = new Local("x", t.string, LocalKind.Auto, 0);
  f.autos.push(x);
  const sp = b.newValue(AMD64.SP, t.unsafePtr, 0);
  let mem = b.newValue(Op.InitMem, t.mem, 0);
  const p = b.newValue(AMD64.ArgIntReg, t.unsafePtr, 0);
  const param = new Local("p", t.unsafePtr, LocalKind.Param, 0);
  param.regs = [0];
  f.params.push(param);
  p.aux = param;
  const with1 = (v: Value, aux: object): Value => {
    v.aux = aux;
    return v;
  };
  const calls: Value[] = [];
  for (const c of program) {
    if (c === "c") {
      const info = new CallInfo(null, Abi.ABIInternal, [], [], 0, false, false);
      const call = with1(b.newValue(AMD64.CALLstatic, t.tuple([t.mem]), 0, mem), info);
      calls.push(call);
      mem = b.newValue(Op.SelectN, t.mem, 0, call);
    } else if (c === "d") {
      mem = with1(b.newValue(Op.VarDef, t.mem, 0, mem), x);
      mem = with1(b.newValue(AMD64.MOVQstore, t.mem, 0, sp, p, mem), x);
    } else {
      const load = with1(b.newValue(AMD64.MOVQload, t.unsafePtr, 0, sp, mem), x);
      mem = b.newValue(AMD64.MOVQstore, t.mem, 0, load, load, mem);
    }
  }
  const last = b.newValue(AMD64.MOVQstore, t.mem, 0, p, p, mem);
  b.setControl(with1(b.newValue(Op.MakeResult, t.void, 0, last), new ResultInfo([])));
  const { slots } = regalloc(f, t);
  const frame = layoutFrame(f, slots);
  const m = computeLiveness(f, frame, slots);
  const bits = (bytes: Uint8Array, i: number): string => {
    const view = new DataView(bytes.buffer);
    const n = view.getUint32(4, true);
    const each = (n + 7) >> 3;
    let s = "";
    for (let k = 0; k < n; k++) s += (bytes[8 + i * each + (k >> 3)]! >> (k & 7)) & 1;
    return s;
  };
  return {
    maps: calls.map((c) => `${bits(m.args, c.mark)} ${bits(m.locals, c.mark)}`),
    needZero: m.needZero.length,
    pointerBytes: frame.pointerBytes,
  };
}

test("a variable is live from its definition to its last mention", () => {
  // x is a string: pointer word first; p is kept in its home in the caller's frame.
  assert.deepEqual(straight("cdcrc").maps, ["1 00", "1 10", "1 00"]);
  assert.deepEqual(straight("dcrcdrc").maps, ["1 10", "1 00", "1 00"]);
});

test("what may be read before it is set is zeroed at entry", () => {
  const r = straight("crc");
  assert.equal(r.needZero, 1);
  assert.deepEqual(r.maps, ["1 10", "1 00"]);
  assert.equal(r.pointerBytes, 16);
});
