// The order in which package-level variables are initialised. cmd/compile/internal/types2/initorder.go.
import type { Checker } from "./checker.ts";
import type { DeclInfo } from "./declinfo.ts";
import { ErrorCode } from "./errorcodes.ts";
import { type Obj, ObjKind } from "./objects.ts";

/** Notes that the declaration being checked refers to the package-level object to. */
export function addDeclDep(c: Checker, to: Obj): void {
  const from = c.env.decl;
  if (from === null || to.decl === null || to.pkg !== c.pkg) return;
  from.deps.add(to);
}

class GraphNode {
  readonly pred: Set<GraphNode> = new Set();
  readonly succ: Set<GraphNode> = new Set();
  /** Number of dependencies not initialised yet. */
  ndeps = 0;
  /** Index in the heap, -1 when out of it. */
  index = -1;
  constructor(readonly obj: Obj) {}
}

/** The graph of constants and variables; functions are replaced by what they refer to. */
function dependencyGraph(c: Checker): GraphNode[] {
  const nodes = new Map<Obj, GraphNode>();
  for (const obj of c.objList) {
    const k = obj.kind;
    if (k === ObjKind.Const || k === ObjKind.Var || k === ObjKind.Func) nodes.set(obj, new GraphNode(obj));
  }
  for (const [obj, n] of nodes) {
    for (const d of obj.decl!.deps) {
      const m = nodes.get(d);
      if (m === undefined) continue;
      n.succ.add(m);
      m.pred.add(n);
    }
  }
  const graph: GraphNode[] = [];
  const funcs: GraphNode[] = [];
  for (const n of nodes.values()) (n.obj.kind === ObjKind.Func ? funcs : graph).push(n);
  // Cheapest first: removing a function connects each predecessor with each successor.
  funcs.sort((a, b) => a.pred.size * a.succ.size - b.pred.size * b.succ.size);
  for (const n of funcs) {
    for (const p of n.pred) {
      if (p === n) continue;
      for (const s of n.succ) {
        if (s === n) continue;
        p.succ.add(s);
        s.pred.add(p);
      }
      p.succ.delete(n);
    }
    for (const s of n.succ) s.pred.delete(n);
  }
  for (const n of graph) n.ndeps = n.succ.size;
  return graph;
}

function less(x: GraphNode, y: GraphNode): boolean {
  // Constants need no initialisation but take part in cycles.
  const xc = x.obj.kind === ObjKind.Const;
  const yc = y.obj.kind === ObjKind.Const;
  if (xc !== yc) return xc;
  return x.ndeps < y.ndeps || (x.ndeps === y.ndeps && x.obj.order < y.obj.order);
}

/** A heap of nodes with the next to be initialised at its root. */
class Queue {
  constructor(private readonly heap: GraphNode[]) {
    for (let i = 0; i < heap.length; i++) heap[i]!.index = i;
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) this.down(i);
  }
  get length(): number {
    return this.heap.length;
  }
  pop(): GraphNode {
    const h = this.heap;
    const n = h.length - 1;
    this.swap(0, n);
    const top = h.pop()!;
    if (n > 0) this.down(0);
    top.index = -1;
    return top;
  }
  fix(i: number): void {
    if (i < 0) return;
    if (!this.down(i)) this.up(i);
  }
  private swap(i: number, j: number): void {
    const h = this.heap;
    const a = h[i]!;
    const b = h[j]!;
    h[i] = b;
    h[j] = a;
    b.index = i;
    a.index = j;
  }
  private down(i0: number): boolean {
    const h = this.heap;
    let i = i0;
    for (;;) {
      const l = 2 * i + 1;
      if (l >= h.length) break;
      const j = l + 1 < h.length && less(h[l + 1]!, h[l]!) ? l + 1 : l;
      if (!less(h[j]!, h[i]!)) break;
      this.swap(i, j);
      i = j;
    }
    return i > i0;
  }
  private up(i: number): void {
    const h = this.heap;
    while (i > 0) {
      const p = (i - 1) >> 1;
      if (!less(h[i]!, h[p]!)) break;
      this.swap(i, p);
      i = p;
    }
  }
}

/** Sets the package's initOrder and reports initialisation cycles. */
export function initOrder(c: Checker): void {
  const queue = new Queue(dependencyGraph(c));
  const emitted = new Set<DeclInfo>();
  c.pkg.initOrder = [];
  while (queue.length > 0) {
    const n = queue.pop();
    // With dependencies left there is a cycle, though perhaps not through this object.
    if (n.ndeps > 0) {
      const cycle = findPath(n.obj, n.obj, new Set());
      if (cycle !== null) reportCycle(c, cycle);
    }
    for (const p of n.pred) {
      p.ndeps--;
      queue.fix(p.index);
    }
    const v = n.obj;
    if (v.kind !== ObjKind.Var) continue;
    const d = v.decl!;
    if (d.init === null || emitted.has(d)) continue;
    emitted.add(d);
    c.pkg.initOrder.push({ lhs: d.lhs ?? [v], rhs: d.init });
  }
}

function findPath(from: Obj, to: Obj, seen: Set<Obj>): Obj[] | null {
  if (seen.has(from)) return null;
  seen.add(from);
  const deps = [...from.decl!.deps].sort((a, b) => a.order - b.order);
  for (const d of deps) {
    if (d === to) return [d];
    const path = findPath(d, to, seen);
    if (path !== null) {
      path.push(d);
      return path;
    }
  }
  return null;
}

function reportCycle(c: Checker, cycle: readonly Obj[]): void {
  let obj = cycle[0]!;
  if (cycle.length === 1) {
    c.error(obj.pos, ErrorCode.InvalidInitCycle, `initialization cycle: ${obj.name} refers to itself`);
    return;
  }
  const err = c.newError(ErrorCode.InvalidInitCycle);
  err.add(obj.pos, `initialization cycle for ${obj.name}`);
  for (let j = cycle.length - 1; j >= 0; j--) {
    const next = cycle[j]!;
    err.add(obj.pos, `${obj.name} refers to ${next.name}`);
    obj = next;
  }
  err.report();
}
