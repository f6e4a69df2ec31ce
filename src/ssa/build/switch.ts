import { type CaseClause, type Expr, type SwitchStmt, unpackList } from "#syntax";
import type { Type } from "#types";
import { type Block, BlockKind, Kind, Op, type SType, type Value } from "../core/index.ts";
import { equalBytes, equalToExpr } from "./compare.ts";
import { retype } from "./conv.ts";
import { condition, expr, stringLen, stringPtr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";

/** Switches over integers or strings with at least so many constant cases are searched, not compared one by one. */
const minSearch = 5;
/** A range of so few cases is compared one by one. */
const linearRun = 4;
/** A jump table has at least so many cases, and at least one case for so many entries (cmd/compile/internal/walk/switch.go). */
const minTable = 8;
const minDensity = 4;

/** Constant integers, all from lo to hi, and where they lead. */
interface IntCase {
  readonly lo: bigint;
  readonly hi: bigint;
  readonly body: Block;
}

/** A constant string and where it leads. */
interface StringCase {
  readonly value: Value;
  readonly key: string;
  readonly body: Block;
}

export function switchStmt(b: FuncBuilder, s: SwitchStmt): void {
  if (s.init !== null) b.stmt(s.init);
  if (b.cur === null) return;
  const done = b.newBlock();
  b.targets.set(s, { breakTo: done, continueTo: null, onBreak: null, onContinue: null });
  const bodies = s.body.map(() => b.newBlock());
  const dflt = s.body.findIndex((c) => c.cases === null);
  const otherwise = dflt >= 0 ? bodies[dflt]! : done;
  if (s.tag === null) conditions(b, s, bodies, otherwise);
  else tagged(b, s, s.tag, bodies, otherwise);
  clauseBodies(b, s.body, bodies, done);
}

/** Builds the bodies of clauses, each of which ends at done or falls through into the next. */
export function clauseBodies(
  b: FuncBuilder,
  clauses: readonly CaseClause[],
  bodies: readonly Block[],
  done: Block,
): void {
  clauses.forEach((c, i) => {
    b.startSealed(bodies[i]!);
    b.dropDead();
    const outer = b.fallthroughTo;
    // The next body is sealed only when its turn comes, so falling into it is in time.
    b.fallthroughTo = bodies[i + 1] ?? null;
    b.block(c.body);
    b.fallthroughTo = outer;
    b.jump(done);
  });
  b.startSealed(done);
}

/** switch { case a: case b: } */
function conditions(b: FuncBuilder, s: SwitchStmt, bodies: readonly Block[], otherwise: Block): void {
  s.body.forEach((c, i) => {
    for (const e of unpackList(c.cases)) {
      const next = b.newBlock();
      b.pos = e.pos;
      // Without a tag the cases are compared with true, which matters for interfaces.
      if (b.exprType(e).isInterface) b.branch(equalToExpr(b, b.bool(true), b.types.bool.go!, e), bodies[i]!, next);
      else condition(b, e, bodies[i]!, next);
      b.startSealed(next);
    }
  });
  b.jump(otherwise);
}

function tagged(b: FuncBuilder, s: SwitchStmt, tag: Expr, bodies: readonly Block[], otherwise: Block): void {
  const type: Type = b.typeOf(tag);
  const isConstTrue = b.constOf(tag) !== null && b.stype(type).kind === Kind.Bool;
  hoist(b, [tag]);
  const x = b.stable(expr(b, tag));
  if (isConstTrue && x.auxInt === 1) {
    conditions(b, s, bodies, otherwise);
    return;
  }
  const consts = constantCases(b, s, x, bodies);
  if (consts !== null && x.type.kind === Kind.String) {
    searchLengths(b, x, byLength(consts as StringCase[]), otherwise);
    return;
  }
  if (consts !== null) {
    searchInts(b, x, merged(consts as IntCase[]), otherwise);
    return;
  }
  s.body.forEach((c, i) => {
    for (const e of unpackList(c.cases)) {
      const next = b.newBlock();
      b.pos = e.pos;
      const eq = equalToExpr(b, x, type, e);
      b.branch(eq, bodies[i]!, next);
      b.startSealed(next);
    }
  });
  b.jump(otherwise);
}

/** All cases, if they are many constants of an integer type or strings. */
function constantCases(
  b: FuncBuilder,
  s: SwitchStmt,
  x: Value,
  bodies: readonly Block[],
): readonly (IntCase | StringCase)[] | null {
  const t = x.type;
  const isString = t.kind === Kind.String;
  if (!t.isInteger && !isString) return null;
  const list: (IntCase | StringCase)[] = [];
  for (let i = 0; i < s.body.length; i++) {
    for (const e of unpackList(s.body[i]!.cases)) {
      if (b.constOf(e) === null) return null;
      b.pos = e.pos;
      const value = retype(b, expr(b, e), t);
      const body = bodies[i]!;
      if (value.op === Op.ConstString) list.push({ value, key: value.aux as string, body });
      else if (value.op === Op.ConstInt) list.push({ lo: integerKey(value), hi: integerKey(value), body });
      else return null;
    }
  }
  return list.length < minSearch ? null : list;
}

function integerKey(v: Value): bigint {
  const n = (BigInt(v.auxHi) << 32n) | BigInt(v.auxInt >>> 0);
  const bits = v.type.size * 8;
  return v.type.isSigned ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n);
}

function integer(b: FuncBuilder, t: SType, n: bigint): Value {
  return b.f.constInt64(t, Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n)));
}

// ---- Integers

/** Cases in order; neighbours that lead to one place are one. */
function merged(list: readonly IntCase[]): IntCase[] {
  const out: IntCase[] = [];
  for (const c of [...list].sort((p, q) => (p.lo < q.lo ? -1 : p.lo > q.lo ? 1 : 0))) {
    const last = out[out.length - 1];
    if (last !== undefined && last.hi + 1n === c.lo && last.body === c.body) {
      out[out.length - 1] = { lo: last.lo, hi: c.hi, body: c.body };
    } else {
      out.push(c);
    }
  }
  return out;
}

/** Searches for x among cases in order. */
function searchInts(b: FuncBuilder, x: Value, list: readonly IntCase[], otherwise: Block): void {
  if (jumpTable(b, x, list, otherwise)) return;
  const bool = b.types.bool;
  const t = x.type;
  if (list.length > linearRun) {
    const mid = list.length >> 1;
    const below = b.newBlock();
    const above = b.newBlock();
    b.branch(b.val(Op.Le, bool, x, integer(b, t, list[mid - 1]!.hi)), below, above);
    b.startSealed(below);
    searchInts(b, x, list.slice(0, mid), otherwise);
    b.startSealed(above);
    searchInts(b, x, list.slice(mid), otherwise);
    return;
  }
  for (const c of list) {
    const next = b.newBlock();
    if (c.lo === c.hi) {
      b.branch(b.val(Op.Eq, bool, x, integer(b, t, c.lo)), c.body, next);
    } else {
      const high = b.newBlock();
      b.branch(b.val(Op.Le, bool, integer(b, t, c.lo), x), high, next);
      b.startSealed(high);
      b.branch(b.val(Op.Le, bool, x, integer(b, t, c.hi)), c.body, next);
    }
    b.startSealed(next);
  }
  b.jump(otherwise);
}

/** Leads to the cases through a table, if they are many and dense. */
function jumpTable(b: FuncBuilder, x: Value, list: readonly IntCase[], otherwise: Block): boolean {
  if (list.length < minTable || b.cur === null) return false;
  const min = list[0]!.lo;
  const max = list[list.length - 1]!.hi;
  if (max - min > BigInt(list.length * minDensity)) return false;
  const { uint8, uint16, uint32, uint64, bool } = b.types;
  const size = x.type.size;
  const unsigned = size === 1 ? uint8 : size === 2 ? uint16 : size === 4 ? uint32 : uint64;
  const distance = min === 0n ? x : b.val(Op.Sub, x.type, x, integer(b, x.type, min));
  const u = x.type === unsigned ? distance : b.val(Op.Bitcast, unsigned, distance);
  const table = b.newBlock();
  b.branch(b.val(Op.Le, bool, u, integer(b, unsigned, max - min)), table, otherwise);
  b.startSealed(table);
  table.setControl(size === 8 ? u : b.val(Op.Convert, uint64, u));
  table.kind = BlockKind.JumpTable;
  let i = 0;
  for (let n = min; n <= max; n++) {
    while (list[i]!.hi < n) i++;
    table.addEdgeTo(list[i]!.lo <= n ? list[i]!.body : otherwise);
  }
  b.cur = null;
  return true;
}

// ---- Strings

/** Strings of one length. */
interface Group {
  readonly length: number;
  readonly cases: readonly StringCase[];
}

function byLength(list: readonly StringCase[]): Group[] {
  const groups = new Map<number, StringCase[]>();
  for (const c of list) {
    const g = groups.get(c.key.length);
    if (g === undefined) groups.set(c.key.length, [c]);
    else g.push(c);
  }
  return [...groups].map(([length, cases]) => ({ length, cases })).sort((p, q) => p.length - q.length);
}

/** Looks for the length first: within one length, strings differ in bytes. */
function searchLengths(b: FuncBuilder, x: Value, groups: readonly Group[], otherwise: Block): void {
  const n = stringLen(b, x);
  const bodies: Block[] = groups.map(() => b.newBlock());
  const cases = groups.map((g, i) => ({ lo: BigInt(g.length), hi: BigInt(g.length), body: bodies[i]! }));
  searchInts(b, n, cases, otherwise);
  groups.forEach((g, i) => {
    b.startSealed(bodies[i]!);
    searchBytes(b, x, g, otherwise);
  });
}

/** Looks at the byte that tells most strings of one length apart, and compares what is left. */
function searchBytes(b: FuncBuilder, x: Value, g: Group, otherwise: Block): void {
  if (g.cases.length > linearRun) {
    let best: Map<number, StringCase[]> | null = null;
    let at = 0;
    for (let i = 0; i < g.length; i++) {
      const buckets = new Map<number, StringCase[]>();
      for (const c of g.cases) {
        const byte = c.key.charCodeAt(i);
        const list = buckets.get(byte);
        if (list === undefined) buckets.set(byte, [c]);
        else list.push(c);
      }
      if (best === null || buckets.size > best.size) {
        best = buckets;
        at = i;
      }
    }
    if (best !== null && best.size > 1) {
      const byte = b.load(b.types.uint8, b.offset(stringPtr(b, x), at, b.types.uint8));
      const buckets = [...best].sort((p, q) => p[0] - q[0]);
      const bodies = buckets.map(() => b.newBlock());
      const cases = buckets.map(([k], i) => ({ lo: BigInt(k), hi: BigInt(k), body: bodies[i]! }));
      searchInts(b, byte, cases, otherwise);
      buckets.forEach(([, list], i) => {
        b.startSealed(bodies[i]!);
        compareStrings(b, x, list, otherwise);
      });
      return;
    }
  }
  compareStrings(b, x, g.cases, otherwise);
}

/** Compares with one after the other; the length is right. */
function compareStrings(b: FuncBuilder, x: Value, list: readonly StringCase[], otherwise: Block): void {
  for (const c of list) {
    const next = b.newBlock();
    const eq = c.key === "" ? b.bool(true) : equalBytes(b, x, c.value);
    b.branch(eq, c.body, next);
    b.startSealed(next);
  }
  b.jump(otherwise);
}
