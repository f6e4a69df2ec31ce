import { type CompositeLit, type Expr, Kind as Node, type KeyValueExpr, type Operation, unparen } from "#syntax";
import { smallIntVal } from "#constant";
import { type GoMap, type Struct, type Type, TypeKind, under } from "#types";
import { AllocSite, Op, type SType, type Value } from "../core/index.ts";
import { exprAs } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";
import { mapKey, MapPlace } from "./map.ts";
import { retype } from "./conv.ts";

/** Composite literals with at least so many static elements are copied from read-only data. */
const minStaticElems = 5;
/** Map literals with more entries are made by a loop over arrays. */
const maxInlineMapEntries = 25;

/** T{…}, also as element of another literal where its type, or that and the & before it, are left out. */
export function compositeLit(b: FuncBuilder, e: CompositeLit): Value {
  const type = b.typeOf(e);
  const u = under(type);
  switch (u.kind) {
    case TypeKind.Pointer:
      return retype(b, newLit(b, e, u.elem), b.stype(type));
    case TypeKind.Slice:
      return sliceLit(b, e, type, u.elem);
    case TypeKind.Map:
      return mapLit(b, e, type, u);
  }
  const t = b.stype(type);
  if (!t.canSSA) {
    const p = b.alloc(t, "temp", "");
    b.temps.add(p);
    fill(b, e, type, p, true);
    return b.load(t, p);
  }
  if (u.kind === TypeKind.Struct) return structValue(b, e, u, t);
  if (u.kind === TypeKind.Array) {
    const first = e.elemList[0];
    const elem = first === undefined ? b.zeroValue(t.elem!) : exprAs(b, elementOf(first), u.elem);
    return b.val(Op.ArrayMake1, t, elem);
  }
  throw b.error(e.pos, `composite literal of type ${t}`);
}

/** &T{…}: a new object. */
export function addressOfLit(b: FuncBuilder, e: Operation): Value | null {
  const x = unparen(e.x);
  if (x.kind !== Node.CompositeLit) return null;
  return retype(b, newLit(b, x, b.typeOf(x)), b.exprType(e));
}

function newLit(b: FuncBuilder, e: CompositeLit, type: Type): Value {
  const u = under(type);
  const t = b.stype(type);
  if (u.kind === TypeKind.Struct || u.kind === TypeKind.Array) {
    const p = b.alloc(t, "literal", "");
    fill(b, e, type, p, true);
    return p;
  }
  const v = u.kind === TypeKind.Slice ? sliceLit(b, e, type, u.elem) : mapLit(b, e, type, u as GoMap);
  const p = b.alloc(t, "literal", "");
  b.store(t, p, v);
  return p;
}

function elementOf(x: Expr): Expr {
  return x.kind === Node.KeyValueExpr ? x.value : x;
}

/** The index of the field that element i of a struct literal sets. */
export function fieldIndexOf(u: Struct, x: Expr, i: number): number {
  if (x.kind !== Node.KeyValueExpr || x.key.kind !== Node.Name) return i;
  const name = x.key.value;
  return u.fields.findIndex((f) => f.name === name);
}

function structValue(b: FuncBuilder, e: CompositeLit, u: Struct, t: SType): Value {
  const values: (Value | null)[] = t.fields.map(() => null);
  e.elemList.forEach((x, i) => {
    const k = fieldIndexOf(u, x, i);
    values[k] = exprAs(b, elementOf(x), u.fields[k]!.type!);
  });
  return b.val(Op.StructMake, t, ...t.fields.map((f, i) => values[i] ?? b.zeroValue(f.type)));
}

/** The elements of an array or slice literal with their indices; n: the length they make. */
export function arrayElements(b: FuncBuilder, e: CompositeLit): { index: number; value: Expr }[] {
  const out: { index: number; value: Expr }[] = [];
  let at = 0;
  for (const x of e.elemList) {
    if (x.kind === Node.KeyValueExpr) at = indexOf(b, x);
    out.push({ index: at, value: elementOf(x) });
    at++;
  }
  return out;
}

function indexOf(b: FuncBuilder, x: KeyValueExpr): number {
  const c = b.constOf(x.key);
  const n = c === null ? undefined : smallIntVal(c);
  if (n === undefined) throw b.error(x.pos, "the index of an element is no constant");
  return n;
}

export function literalLength(elements: readonly { index: number }[]): number {
  let n = 0;
  for (const x of elements) n = Math.max(n, x.index + 1);
  return n;
}

/** Sets the object of a struct or array type at p, which is zero (zeroed) or else is made so first. */
export function fill(b: FuncBuilder, e: CompositeLit, type: Type, p: Value, zeroed: boolean): void {
  const t = b.stype(type);
  if (copyStatic(b, e, t, p)) return;
  const u = under(type);
  if (!zeroed) b.zero(t, p);
  if (u.kind === TypeKind.Struct) {
    e.elemList.forEach((x, i) => {
      const k = fieldIndexOf(u, x, i);
      const f = t.fields[k]!;
      setElement(b, elementOf(x), u.fields[k]!.type!, b.offset(p, f.offset, f.type));
    });
    return;
  }
  if (u.kind !== TypeKind.Array) throw b.error(e.pos, "literal of neither struct nor array");
  const elem = t.elem!;
  for (const x of arrayElements(b, e)) setElement(b, x.value, u.elem, b.offset(p, x.index * elem.size, elem));
}

/** Copies a literal from read-only data if it has many elements and all of them are known. */
function copyStatic(b: FuncBuilder, e: CompositeLit, t: SType, p: Value): boolean {
  if (e.elemList.length < minStaticElems || b.env !== null || t.size === 0) return false;
  const g = b.program.staticLiteral(e, t);
  if (g === null) return false;
  const src = b.valAux(Op.Addr, b.types.pointerTo(t), 0, g);
  b.effect(Op.Move, t.size, t, p, src);
  return true;
}

function setElement(b: FuncBuilder, x: Expr, type: Type, p: Value): void {
  const v = unparen(x);
  if (v.kind === Node.CompositeLit) {
    const t = b.typeOf(v);
    const u = under(t);
    if ((u.kind === TypeKind.Struct || u.kind === TypeKind.Array) && b.stype(t) === b.stype(type)) {
      fill(b, v, t, p, true);
      return;
    }
  }
  const t = b.stype(type);
  b.store(t, p, exprAs(b, x, type));
}

function sliceLit(b: FuncBuilder, e: CompositeLit, type: Type, elem: Type): Value {
  const t = b.stype(type);
  const et = b.stype(elem);
  const elements = arrayElements(b, e);
  const n = literalLength(elements);
  const array = b.types.arrayOf(et, n);
  const p = b.alloc(array, "backing", "");
  if (!copyStatic(b, e, array, p)) {
    for (const x of elements) setElement(b, x.value, elem, b.offset(p, x.index * et.size, et));
  }
  return b.val(Op.SliceMake, t, retype(b, p, b.types.pointerTo(et)), b.int(n), b.int(n));
}

function mapLit(b: FuncBuilder, e: CompositeLit, type: Type, u: GoMap): Value {
  const t = b.stype(type);
  const site = new AllocSite(t, "map", "", b.pos, b.loopDepth);
  const m = b.produce(Op.MakeMap, t, 0, site, b.int(e.elemList.length));
  const pairs = e.elemList as KeyValueExpr[];
  if (pairs.length > maxInlineMapEntries && b.env === null && mapFromArrays(b, m, u, pairs)) return m;
  for (const x of pairs) {
    const value = x.value;
    hoist(b, [x.key, value]);
    const key = mapKey(b, x.key, u.key, false);
    const v = exprAs(b, value, u.elem);
    const p = new MapPlace(b, m, u, key).assign();
    b.store(b.stype(u.elem), p, v);
  }
  return m;
}

/** Puts the pairs of two static arrays into a map, if the pairs are static. */
function mapFromArrays(b: FuncBuilder, m: Value, u: GoMap, pairs: readonly KeyValueExpr[]): boolean {
  const key = b.stype(u.key);
  const elem = b.stype(u.elem);
  const n = pairs.length;
  const keyData = b.program.staticArray(
    pairs.map((x) => x.key),
    key,
  );
  if (keyData === null) return false;
  const elemData = b.program.staticArray(
    pairs.map((x) => x.value),
    elem,
  );
  if (elemData === null) return false;
  const keys = b.valAux(Op.Addr, b.types.pointerTo(key), 0, keyData);
  const values = b.valAux(Op.Addr, b.types.pointerTo(elem), 0, elemData);
  const iv = b.newVar(b.types.int);
  const head = b.newBlock();
  const body = b.newBlock();
  const done = b.newBlock();
  b.write(iv, b.int(0));
  b.jump(head);
  b.start(head);
  const i = b.read(iv);
  b.branch(b.val(Op.Lt, b.types.bool, i, b.int(n)), body, done, 1);
  b.startSealed(body);
  b.loopDepth++;
  const k = b.load(key, b.val(Op.PtrIndex, b.types.pointerTo(key), keys, i));
  const p = new MapPlace(b, m, u, k).assign();
  b.store(elem, p, b.load(elem, b.val(Op.PtrIndex, b.types.pointerTo(elem), values, i)));
  b.write(iv, b.val(Op.Add, b.types.int, i, b.int(1)));
  b.jump(head);
  b.seal(head);
  b.loopDepth--;
  b.startSealed(done);
  return true;
}
