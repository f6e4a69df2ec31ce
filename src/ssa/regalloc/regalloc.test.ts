import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFunc, funcString, Op } from "../core/index.ts";
import { checkAllocation, isSlot, regalloc } from "./index.ts";
import { randomFunc } from "./testing/random.ts";
import { TestTypes } from "./testing/types.ts";

test("random functions keep every value where its users look for it", () => {
  const t = new TestTypes();
  let values = 0;
  let spills = 0;
  let copies = 0;
  const n = Number(process.env.REGALLOC_RANDOM ?? 400);
  const from = Number(process.env.REGALLOC_SEED ?? 1);
  for (let seed = from; seed < from + n; seed++) {
    const f = randomFunc(seed, 2 + (seed % 40), t);
    let before = "";
    try {
      checkFunc(f, "random");
      before = funcString(f);
      const { slots } = regalloc(f, t);
      checkAllocation(f, slots);
    } catch (e) {
      if (process.env.REGALLOC_DUMP) console.log(`${before}\n${funcString(f)}`);
      throw new Error(`seed ${seed}: ${(e as Error).stack}`);
    }
    for (const b of f.blocks) {
      values += b.values.length;
      for (const v of b.values) {
        if (v.op === Op.StoreReg && isSlot(v.reg)) spills++;
        if (v.op === Op.Copy) copies++;
      }
    }
  }
  console.log(`${n} functions, ${values} instructions, ${spills} spills, ${copies} copies`);
  assert.ok(spills > n);
});
