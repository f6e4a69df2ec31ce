import type { Pos, PosTable } from "#base";
import { CallInfo, ClosureSite, type Func, FuncFlag, FuncRef, Op, type Value } from "#ssa";

interface Call {
  readonly to: string;
  readonly pos: Pos;
}

/** What the check knows of a function. */
class Node {
  readonly calls: Call[] = [];
  /** The caller that the search came from, and where; null for where it began. */
  from: { readonly node: Node; readonly pos: Pos } | null = null;
  reached = false;
  writeBarrierPos: Pos = 0;

  constructor(
    readonly name: string,
    readonly flags: number,
  ) {}
}

/**
 * The check of go:nowritebarrierrec: no function that such a one calls in this package, directly or through others, has a
 * write barrier, unless it is go:yeswritebarrierrec. Calls are taken as they are after all passes, so that what passes call
 * counts; `systemstack(f)` counts as a call of f. Answers to cmd/compile/internal/ssagen/nowb.go.
 */
export class WriteBarrierCheck {
  /** By link name, in order of compilation. */
  private readonly nodes = new Map<string, Node>();

  /** Looks at a function while its operations are Go's: what it runs on the system stack. */
  enter(f: Func): void {
    const n = new Node(f.name, f.flags);
    this.nodes.set(f.name, n);
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (v.op !== Op.StaticCall || !(v.aux instanceof FuncRef) || v.aux.name !== "runtime.systemstack") continue;
        const to = functionOf(v.args[0]!);
        if (to !== null) n.calls.push({ to: to.name, pos: v.pos });
      }
    }
  }

  /** Looks at a function after all passes: what it calls, and whether it has barriers. */
  leave(f: Func): void {
    const n = this.nodes.get(f.name)!;
    n.writeBarrierPos = f.writeBarrierPos;
    for (const b of f.blocks)
      for (const v of b.values)
        if (v.aux instanceof CallInfo && v.aux.fn !== null) n.calls.push({ to: v.aux.fn.name, pos: f.outermostPos(v) });
  }

  /** Reports each barrier that must not be. */
  check(positions: PosTable, report: (pos: Pos, message: string) => void): void {
    const queue: Node[] = [];
    for (const n of this.nodes.values()) {
      if ((n.flags & FuncFlag.NoWriteBarrierRec) === 0) continue;
      n.reached = true;
      queue.push(n);
    }
    for (const n of queue) {
      if (n.writeBarrierPos !== 0) {
        let text = `write barrier prohibited by caller; ${shortName(n.name)}`;
        for (let c = n.from; c !== null; c = c.node.from)
          text += `\n\t${positions.format(c.pos)}: called by ${shortName(c.node.name)}`;
        report(n.writeBarrierPos, text);
        continue;
      }
      for (const c of n.calls) {
        const to = this.nodes.get(c.to);
        if (to === undefined || to.reached || (to.flags & FuncFlag.YesWriteBarrierRec) !== 0) continue;
        to.reached = true;
        to.from = { node: n, pos: c.pos };
        queue.push(to);
      }
    }
  }
}

/** The function that a func value is known to be. */
function functionOf(v: Value): FuncRef | null {
  if (v.op === Op.SelectN) v = v.args[0]!;
  if (v.op === Op.FuncValue && v.aux instanceof FuncRef) return v.aux;
  return v.op === Op.MakeClosure && v.aux instanceof ClosureSite ? v.aux.fn : null;
}

/** A function's name without its package, as gc's message has it. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".", name.lastIndexOf("/") + 1) + 1);
}
