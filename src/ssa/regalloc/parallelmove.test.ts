import assert from "node:assert/strict";
import { test } from "node:test";
import { AMD64 } from "../amd64/index.ts";
import { Abi, BlockKind, Func, FuncRef, Op, type SType, Value } from "../core/index.ts";
import { slotBase } from "./homes.ts";
import { type MoveSource, ParallelMove } from "./parallelmove.ts";
import { Random } from "./testing/random.ts";
import { TestTypes } from "./testing/types.ts";

const t = new TestTypes();

/** Runs moves on contents of registers and slots by number of value; slots are places from 100 on. */
function simulate(
  before: Map<number, number>,
  moves: readonly [number, number][],
  remat: ReadonlySet<number>,
): Map<number, number> {
  const f = new Func(new FuncRef("f", { params: [], results: [] }, Abi.ABIInternal, 0, false, ""), 0);
  const b = f.newBlock(BlockKind.Plain);
  f.entry = b;
  const originals: Value[] = [];
  for (let id = 1; id < 60; id++) {
    const v = b.newValue(remat.has(id) ? AMD64.MOVQconst : AMD64.LEAQ, id % 3 === 0 ? t.float64 : t.int, 0);
    v.mark = v.id;
    originals[v.id] = v;
  }
  const regVal = new Int32Array(32).fill(-1);
  const regCopy: (Value | null)[] = new Array<Value | null>(32).fill(null);
  const spills = new Map<number, Value>();
  for (const [place, id] of before) {
    const v = new Value(
      f.nextValueId++,
      place < 100 ? Op.Copy : Op.StoreReg,
      originals[id]!.type,
      0,
      0,
      null,
      [],
      b,
      0,
    );
    v.mark = id;
    v.reg = place < 100 ? place : slotBase + place - 100;
    if (place < 100) {
      regVal[place] = id;
      regCopy[place] = v;
    } else spills.set(id, v);
  }
  const state: MoveSource = {
    regVal,
    regCopy,
    isRemat: (id) => remat.has(id),
    spillOf: (id) => spills.get(id)!,
    storedIn: (id, slot) => (spills.get(id)?.reg === slot ? spills.get(id)! : null),
    original: (id) => originals[id]!,
    tupleOf: (x: SType, y: SType) => t.tuple([x, y]),
    voidType: t.void,
  };
  const mv = new ParallelMove(f);
  mv.begin();
  for (const [to, id] of moves) mv.add(to < 100 ? to : slotBase + to - 100, id);
  const out: Value[] = [];
  mv.run(state, out, b, 0, -1);
  const now = new Map(before);
  const place = (reg: number): number => (reg >= slotBase ? 100 + reg - slotBase : reg);
  for (const v of out) {
    if (v.op === Op.Swap) {
      const [x, y] = v.args as [Value, Value];
      const a = now.get(x.reg)!;
      now.set(x.reg, now.get(y.reg)!);
      now.set(y.reg, a);
    } else if (v.op === Op.Copy || v.op === Op.LoadReg || v.op === Op.StoreReg) {
      assert.equal(now.get(place(v.args[0]!.reg)), v.mark, `${v.op} reads the wrong value`);
      now.set(place(v.reg), v.mark);
    } else if (v.op === AMD64.MOVQconst) now.set(v.reg, v.mark);
  }
  return now;
}

test("random sets of moves, cycles among them, put everything in its place", () => {
  const rnd = new Random(7);
  let done = 0;
  for (let round = 0; round < 20000; round++) {
    const before = new Map<number, number>();
    const remat = new Set<number>();
    const full = rnd.next(4) === 0;
    // Values 3, 6, … are floats: X registers.
    const ints = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 15];
    let id = 1;
    const ids: number[] = [];
    for (const r of ints) {
      if (!full && rnd.next(2) === 0) continue;
      while (id % 3 === 0) id++;
      before.set(r, id);
      ids.push(id++);
    }
    for (let r = 16; r < 31; r++) {
      if (!full && rnd.next(2) === 0) continue;
      while (id % 3 !== 0) id++;
      if (id >= 57) break;
      before.set(r, id);
      ids.push(id++);
    }
    for (let s = 100; s < 104; s++) {
      if (id >= 58) break;
      before.set(s, id);
      ids.push(id++);
    }
    if (id < 58 && id % 3 !== 0) {
      remat.add(id);
      ids.push(id++);
    }
    const moves: [number, number][] = [];
    const targets = new Set<number>();
    for (const v of ids) {
      if (rnd.next(3) === 0) continue;
      const float = v % 3 === 0;
      const places =
        rnd.next(5) === 0 ? [100, 101, 102, 103, 104, 105] : float ? [16, 17, 18, 19, 20, 21, 22, 30] : ints;
      const p = places[rnd.next(places.length)]!;
      if (targets.has(p)) continue;
      targets.add(p);
      moves.push([p, v]);
      done++;
    }
    const after = simulate(before, moves, remat);
    for (const [p, v] of moves) assert.equal(after.get(p), v, `round ${round}: place ${p}`);
  }
  console.log(`${done} moves`);
});
