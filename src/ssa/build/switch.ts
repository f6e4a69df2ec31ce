import { type CaseClause, type Expr, type SwitchStmt, unpackList } from "#syntax";
import { type Type, typ, BasicKind } from "#types";
import { type Block, Kind, Op, type Value } from "../core/index.ts";
import { equalToExpr } from "./compare.ts";
import { retype } from "./conv.ts";
import { condition, expr, stringLen } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** Switches over integers or strings with at least so many constant cases are searched, not compared one by one. */
const minSearch = 8;
/** A range of so few cases is compared one by one. */
const linearRun = 4;

/** A constant case and where it leads. */
interface ConstCase {
  readonly value: Value;
  readonly body: Block;
  /** Order of strings and integers. */
  readonly key: bigint | string;
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
  const x = b.stable(expr(b, tag));
  if (isConstTrue && x.auxInt === 1) {
    conditions(b, s, bodies, otherwise);
    return;
  }
  const consts = constantCases(b, s, x, bodies);
  if (consts !== null) {
    search(b, x, consts, otherwise);
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

/** All cases in order of value, if they are many constants of an integer type or strings. */
function constantCases(b: FuncBuilder, s: SwitchStmt, x: Value, bodies: readonly Block[]): ConstCase[] | null {
  const t = x.type;
  const isString = t.kind === Kind.String;
  if (!t.isInteger && !isString) return null;
  const list: ConstCase[] = [];
  for (let i = 0; i < s.body.length; i++) {
    for (const e of unpackList(s.body[i]!.cases)) {
      if (b.constOf(e) === null) return null;
      b.pos = e.pos;
      const value = retype(b, expr(b, e), t);
      if (value.op !== Op.ConstInt && value.op !== Op.ConstString) return null;
      list.push({ value, body: bodies[i]!, key: isString ? (value.aux as string) : integerKey(value) });
    }
  }
  if (list.length < minSearch) return null;
  if (isString) list.sort((p, q) => compareStrings(p.key as string, q.key as string));
  else list.sort((p, q) => (p.key < q.key ? -1 : p.key > q.key ? 1 : 0));
  return list;
}

function integerKey(v: Value): bigint {
  const n = (BigInt(v.auxHi) << 32n) | BigInt(v.auxInt >>> 0);
  return v.type.isSigned ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n);
}

/** Shorter strings first. */
function compareStrings(p: string, q: string): number {
  if (p.length !== q.length) return p.length - q.length;
  return p < q ? -1 : p > q ? 1 : 0;
}

/** Binary search over constants in order. */
function search(b: FuncBuilder, x: Value, list: readonly ConstCase[], otherwise: Block): void {
  if (list.length > linearRun) {
    const mid = list.length >> 1;
    const below = b.newBlock();
    const above = b.newBlock();
    b.branch(isBelow(b, x, list[mid - 1]!, list[mid]!), below, above);
    b.startSealed(below);
    search(b, x, list.slice(0, mid), otherwise);
    b.startSealed(above);
    search(b, x, list.slice(mid), otherwise);
    return;
  }
  const bool = typ[BasicKind.Bool]!;
  for (const c of list) {
    const next = b.newBlock();
    const eq =
      x.type.kind === Kind.String ? equalToExpr(b, x, x.type.go!, c.value) : b.val(Op.Eq, b.stype(bool), x, c.value);
    b.branch(eq, c.body, next);
    b.startSealed(next);
  }
  b.jump(otherwise);
}

/** Whether x comes before the case `right`, given that the one before that is `left`. */
function isBelow(b: FuncBuilder, x: Value, left: ConstCase, right: ConstCase): Value {
  const bool = b.types.bool;
  if (x.type.kind !== Kind.String) return b.val(Op.Le, bool, x, left.value);
  const n = stringLen(b, x);
  const l = left.key as string;
  const r = right.key as string;
  if (l.length !== r.length) return b.val(Op.Le, bool, n, b.int(l.length));
  // All of one length from here on: shorter and longer ones are told apart by length first.
  const result = b.newVar(bool);
  const same = b.newBlock();
  const differ = b.newBlock();
  const done = b.newBlock();
  b.branch(b.val(Op.Eq, bool, n, b.int(l.length)), same, differ);
  b.startSealed(same);
  b.write(result, b.val(Op.Le, bool, b.runtime1("cmpstring", x, left.value), b.int(0)));
  b.jump(done);
  b.startSealed(differ);
  b.write(result, b.val(Op.Lt, bool, n, b.int(l.length)));
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}
