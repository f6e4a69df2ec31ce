import {
  type Block,
  BlockKind,
  type Func,
  keepForDebug,
  Kind,
  Op,
  opInfo,
  removeUnreachable,
  type Value,
} from "../core/index.ts";

/** Removes blocks that cannot be reached, branches on constants, and values that nothing needs. */
export function deadcode(f: Func): void {
  foldBranches(f);
  removeUnreachable(f);
  removeUnused(f);
}

function foldBranches(f: Func): void {
  for (const b of f.blocks) {
    if (b.kind !== BlockKind.If) continue;
    const c = b.control!;
    if (c.op === Op.ConstBool) takeSucc(b, c.auxInt !== 0 ? 0 : 1);
    else if (b.succs[0]!.b === b.succs[1]!.b && samePhiArgs(b)) takeSucc(b, 0);
  }
}

/** Whether both edges of a branch lead to the same block and make no difference there. */
function samePhiArgs(b: Block): boolean {
  const to = b.succs[0]!.b;
  const i = b.succs[0]!.i;
  const j = b.succs[1]!.i;
  for (const v of to.values) if (v.op === Op.Phi && v.args[i] !== v.args[j]) return false;
  return true;
}

/** Makes a branching block go to one successor always. */
export function takeSucc(b: Block, k: number): void {
  b.removeSucc(1 - k);
  b.kind = BlockKind.Plain;
  b.setControl(null);
  b.likely = 0;
}

/** Whether a value does something besides having a value. */
export function hasEffect(v: Value): boolean {
  const info = opInfo(v.op);
  return info.pinned && (info.writesMem || v.op >= Op.Last || isCheck(v.op)) && v.op !== Op.Arg;
}

function isCheck(op: number): boolean {
  return op === Op.NilCheck || op === Op.BoundsCheck || op === Op.ZeroCheck || op === Op.ShiftCheck;
}

/** Removes values that no control, effect or memory state that is still needed depends on. */
export function removeUnused(f: Func): void {
  const live = new Uint8Array(f.nextValueId);
  const work: Value[] = [];
  const mark = (v: Value): void => {
    if (live[v.id] === 0) {
      live[v.id] = 1;
      work.push(v);
    }
  };
  for (const b of f.blocks) {
    if (b.control !== null) mark(b.control);
    for (const v of b.values) {
      // Memory states are chained: one that is not needed by any later one is dead, unless its operation has effects of its own.
      if (hasEffect(v) && !isMachineArg(v)) mark(v);
    }
  }
  while (work.length > 0) {
    const v = work.pop()!;
    for (const a of v.args) mark(a);
  }
  let removed = false;
  for (const b of f.blocks) {
    let n = 0;
    for (const v of b.values) {
      if (live[v.id] === 1) {
        b.values[n++] = v;
      } else {
        keepForDebug(v);
        v.resetArgs();
        removed = true;
      }
    }
    b.values.length = n;
  }
  if (removed) f.forgetConstants();
}

/** Machine operations without arguments that are pinned only by place (registers at entry). */
function isMachineArg(v: Value): boolean {
  return v.args.length === 0 && v.type.kind !== Kind.Mem;
}
