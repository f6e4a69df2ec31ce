import { type Expr, type ForStmt, Kind as Node, type RangeClause, unpackList } from "#syntax";
import { ObjKind, type Type, TypeKind, under, type Var } from "#types";
import { Kind, Op, type SType, type Value } from "../core/index.ts";
import { typeAddr } from "./assert.ts";
import { newVariable, Target, target, targetType } from "./assign.ts";
import { anyEffects } from "./call.ts";
import { hoist } from "./hoist.ts";
import { receiveInto } from "./chan.ts";
import { assignable, retype } from "./conv.ts";
import { expr, nilCheck, place, sliceLen, slicePtr, stringLen, stringPtr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { rangeFunc } from "./rangefunc.ts";

function operand(b: FuncBuilder, x: Expr): Value {
  hoist(b, [x]);
  return expr(b, x);
}

/** for k, v := range x */
export function rangeStmt(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  b.pos = c.x.pos;
  const t = under(b.typeOf(c.x));
  switch (t.kind) {
    case TypeKind.Basic:
      if (b.stype(t).kind === Kind.String) rangeString(b, s, c);
      else rangeInt(b, s, c);
      return;
    case TypeKind.Slice:
    case TypeKind.Array:
    case TypeKind.Pointer:
      rangeElements(b, s, c, t);
      return;
    case TypeKind.Map:
      rangeMap(b, s, c);
      return;
    case TypeKind.Chan:
      rangeChan(b, s, c);
      return;
    case TypeKind.Signature:
      rangeFunc(b, s, c);
      return;
  }
  throw b.error(s.pos, "cannot range over this");
}

function isBlank(e: Expr): boolean {
  return e.kind === Node.Name && e.value === "_";
}

/** What a range clause assigns in each iteration. */
class Iteration {
  readonly key: Expr | null;
  readonly value: Expr | null;
  /** Variables of all iterations together, before go1.22. */
  private readonly shared: boolean;

  constructor(
    private readonly b: FuncBuilder,
    c: RangeClause,
  ) {
    const lhs = unpackList(c.lhs);
    const want = (e: Expr | undefined): Expr | null => (e === undefined || isBlank(e) ? null : e);
    this.key = want(lhs[0]);
    this.value = want(lhs[1]);
    this.shared = c.def && !b.perIteration();
    if (this.shared) {
      for (const e of [this.key, this.value]) {
        const v = e === null ? null : newVariable(b, e);
        if (v !== null) b.declare(v, null);
      }
    }
  }

  /** What e stands for: a variable it declares, or what it assigns to, whose operands are evaluated. */
  private destination(e: Expr | null): Var | Target | null {
    if (e === null) return null;
    if (e.kind === Node.Name) {
      const o = this.b.objOf(e);
      if (o !== null && o.kind === ObjKind.Var && this.declares(e, o)) return o;
    }
    return target(this.b, e);
  }

  private assign(d: Var | Target | null, v: Value | null, type: Type): void {
    const b = this.b;
    if (d === null || v === null) return;
    if (!(d instanceof Target)) b.declare(d, assignable(b, v, type, b.subst(d.type!)));
    else if (d.type !== null) d.set(b, assignable(b, v, type, d.type));
  }

  private readonly declared = new Set<Var>();

  private declares(e: Expr, v: Var): boolean {
    if (this.shared) return false;
    if (newVariable(this.b, e) === null && !this.declared.has(v)) return false;
    this.declared.add(v);
    return true;
  }

  /** Sets the iteration's variables. v is only made if it is wanted. */
  set(k: Value | null, kt: Type, v: (() => Value) | null, vt: Type): void {
    const value = v !== null && this.value !== null ? this.b.stable(v()) : null;
    const kd = k === null ? null : this.destination(this.key);
    const vd = value === null ? null : this.destination(this.value);
    this.assign(kd, k, kt);
    this.assign(vd, value, vt);
  }
}

/** The blocks of a loop: head and post are given by functions that build them. */
function loop(b: FuncBuilder, s: ForStmt, parts: { test: () => Value; body: () => void; post: () => void }): void {
  const head = b.newBlock();
  const body = b.newBlock();
  const post = b.newBlock();
  const done = b.newBlock();
  b.jump(head);
  b.start(head);
  b.loopDepth++;
  b.branch(parts.test(), body, done, 1);
  b.startSealed(body);
  b.targets.set(s, { breakTo: done, continueTo: post, onBreak: null, onContinue: null });
  parts.body();
  b.stmt(s.body);
  b.jump(post);
  b.startSealed(post);
  b.dropDead();
  if (b.cur !== null) {
    b.pos = s.pos;
    parts.post();
  }
  b.jump(head);
  b.seal(head);
  b.loopDepth--;
  b.startSealed(done);
}

function rangeInt(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  const first = unpackList(c.lhs)[0];
  let type = b.typeOf(c.x);
  // An untyped constant has the type of the variable.
  if (first !== undefined && b.constOf(c.x) !== null) type = targetType(b, first) ?? type;
  const t = b.stype(type);
  const it = new Iteration(b, c);
  const n = retype(b, operand(b, c.x), t);
  const i = b.newVar(t);
  b.write(i, b.f.constInt(t, 0));
  loop(b, s, {
    test: () => b.val(Op.Lt, b.types.bool, b.read(i), n),
    body: () => it.set(b.read(i), type, null, type),
    post: () => b.write(i, b.val(Op.Add, t, b.read(i), b.f.constInt(t, 1))),
  });
}

function rangeElements(b: FuncBuilder, s: ForStmt, c: RangeClause, t: Type): void {
  const int = b.types.int;
  const it = new Iteration(b, c);
  let ptr: Value | null = null;
  let len: Value;
  let elemType: Type;
  if (t.kind === TypeKind.Slice) {
    const x = operand(b, c.x);
    len = sliceLen(b, x);
    ptr = slicePtr(b, x);
    elemType = t.elem;
  } else {
    const array = t.kind === TypeKind.Pointer ? under(t.elem) : t;
    if (array.kind !== TypeKind.Array) throw b.error(c.pos, "range over a pointer to no array");
    elemType = array.elem;
    len = b.int(array.len);
    if (t.kind === TypeKind.Pointer) {
      if (it.value !== null || anyEffects(b, [c.x], 0)) ptr = operand(b, c.x);
      if (ptr !== null && it.value !== null && array.len > 0) ptr = nilCheck(b, ptr);
    } else if (it.value !== null) {
      hoist(b, [c.x]);
      ptr = arrayCopy(b, c.x);
    } else if (anyEffects(b, [c.x], 0)) operand(b, c.x);
    if (ptr !== null) ptr = retype(b, ptr, b.types.pointerTo(b.stype(elemType)));
  }
  const elem = b.stype(elemType);
  const i = b.newVar(int);
  b.write(i, b.int(0));
  loop(b, s, {
    test: () => b.val(Op.Lt, b.types.bool, b.read(i), len),
    body: () => {
      const k = b.read(i);
      it.set(
        k,
        int.go!,
        ptr === null ? null : () => b.load(elem, b.val(Op.PtrIndex, b.types.pointerTo(elem), ptr!, k)),
        elemType,
      );
    },
    post: () => b.write(i, b.val(Op.Add, int, b.read(i), b.int(1))),
  });
}

/** The address of a copy of an array: the loop sees what it was before. */
function arrayCopy(b: FuncBuilder, x: Expr): Value {
  const t = b.exprType(x);
  const p = place(b, x);
  const v = p === null ? expr(b, x) : b.load(t, p);
  if (v.op === Op.Deref && b.temps.has(v.args[0]!)) return v.args[0]!;
  return b.spill(v, "copy");
}

function rangeString(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  const { int, int32, uint8, bool } = b.types;
  const it = new Iteration(b, c);
  const x = operand(b, c.x);
  const str = retype(b, x, b.types.string);
  const len = stringLen(b, str);
  const ptr = stringPtr(b, str);
  const i = b.newVar(int);
  const next = b.newVar(int);
  const r = b.newVar(int32);
  b.write(i, b.int(0));
  b.write(next, b.int(0));
  loop(b, s, {
    test: () => b.val(Op.Lt, bool, b.read(i), len),
    body: () => {
      const at = b.read(i);
      const byte = b.load(uint8, b.val(Op.PtrIndex, b.types.pointerTo(uint8), ptr, at));
      b.write(r, b.val(Op.Convert, int32, byte));
      b.write(next, b.val(Op.Add, int, at, b.int(1)));
      const wide = b.newBlock();
      const done = b.newBlock();
      b.branch(b.val(Op.Lt, bool, byte, b.f.constInt(uint8, 128)), done, wide, 1);
      b.startSealed(wide);
      const d = b.runtime("decoderune", str, at);
      b.write(r, d[0]!);
      b.write(next, d[1]!);
      b.jump(done);
      b.startSealed(done);
      it.set(at, int.go!, () => b.read(r), int32.go!);
    },
    post: () => b.write(i, b.read(next)),
  });
}

function rangeMap(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  const it = new Iteration(b, c);
  const m = operand(b, c.x);
  const key: SType = m.type.key!;
  const elem: SType = m.type.elem!;
  const p = b.types.unsafePtr;
  const iter = b.alloc(b.program.mapIter(), "temp", "");
  b.runtime("mapIterStart", typeAddr(b, m.type), m, iter);
  let k: Value;
  loop(b, s, {
    test: () => {
      k = b.load(p, b.offset(iter, 0, p));
      return b.val(Op.Ne, b.types.bool, k, b.f.constNil(p));
    },
    body: () => {
      const kv = it.key === null ? null : b.stable(b.load(key, retype(b, k, b.types.pointerTo(key))));
      it.set(
        kv,
        key.go!,
        () => b.load(elem, retype(b, b.load(p, b.offset(iter, 8, p)), b.types.pointerTo(elem))),
        elem.go!,
      );
    },
    post: () => b.runtime("mapIterNext", iter),
  });
}

function rangeChan(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  const it = new Iteration(b, c);
  const ch = operand(b, c.x);
  const elem = ch.type.elem!;
  let v: Value;
  loop(b, s, {
    test: () => {
      const [x, ok] = receiveInto(b, ch);
      v = x;
      return ok;
    },
    body: () => it.set(v, elem.go!, null, elem.go!),
    post: () => {},
  });
}
