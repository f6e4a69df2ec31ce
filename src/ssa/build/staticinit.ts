import { bytesOf } from "#base";
import {
  bigIntVal,
  boolVal,
  ConstKind,
  float32Bits,
  float64Bits,
  imag,
  real,
  stringVal,
  toFloat,
  toInt,
  toInt64Parts,
  type Value,
} from "#constant";
import { type CallExpr, type CompositeLit, type Expr, type FuncLit, Kind, Operator, unparen } from "#syntax";
import {
  BasicKind,
  type Func,
  GoArray,
  layoutOf,
  Mode,
  ObjKind,
  objOf,
  selectionOf,
  type Struct,
  type Type,
  TypeKind,
  tvOf,
  under,
  type Var,
  VarKind,
} from "#types";
import { type DataTarget, type FuncRef, type Global, type SType, StaticData } from "../core/index.ts";
import { isEmptyInterface } from "./alg.ts";
import type { STypes } from "./stypes.ts";

// Initial values of package variables that can be laid out at compile time (cmd/compile/internal/staticinit). For code that
// runs before the runtime's init tasks this is not an optimisation: the values must be in the object.

/** What static initialisation needs of the compilation. */
export interface StaticContext {
  readonly types: STypes;
  /** Import path of the package. */
  readonly path: string;
  /** The symbol of a package-level variable. */
  globalOf(v: Var): Global;
  /** A function without type parameters that an expression names; null if it needs code. */
  functionOf(f: Func): FuncRef | null;
  /** A function literal that captures nothing, compiled as a function of its own. */
  literalOf(lit: FuncLit): FuncRef | null;
  /** What a call of a function stands for whose body only returns one value; null if there is more to it. */
  resultOf(f: Func): Expr | null;
  /** A new symbol for data that only other data refers to (PKG..stmp_N). */
  newTemp(type: SType, readonly: boolean): Global;
  /** A symbol of the runtime, such as runtime.zerobase. */
  runtimeData(name: string): Global;
}

/** An argument of a call that is replaced by the value the function returns. */
interface Argument {
  readonly expr: Expr;
  /** Where expr stands: in another such function, or outside of all. */
  readonly args: Map<Var, Argument> | null;
  /** Only constants may be used twice: a literal is one object. */
  used: boolean;
}

/** Calls within calls are followed so far. */
const maxCallDepth = 8;

/** Lays out the initial data of a package's variables. */
export class StaticInit {
  /** Contents by symbol: variables and the temporaries they lead to. */
  readonly data = new Map<Global, StaticData>();
  /** Variables whose initial contents are data. */
  private readonly done = new Map<Var, StaticData>();
  /** Inside a function whose call is laid out: its arguments. */
  private args: Map<Var, Argument> | null = null;
  private depth = 0;
  /** Temporaries of the attempt at hand. */
  private pending: StaticData[] = [];
  /** Code and data that check themselves must hold no addresses (crypto/internal/fips140). */
  private readonly noAddresses: boolean;
  /** An address was left out of the contents at hand: code has to put it there. */
  private missing = false;

  constructor(private readonly ctx: StaticContext) {
    this.noAddresses = /^crypto\/internal\/fips140($|\/)/.test(ctx.path);
  }

  /** Initialises v with the value of init if that is known now; false if it takes code. */
  initialize(v: Var, init: Expr): boolean {
    const type = v.type!;
    if (v.name === "_") return false;
    const g = this.ctx.globalOf(v);
    const d = new StaticData(g, layoutOf(type).size);
    this.pending = [];
    this.missing = false;
    if (!this.assign(d, 0, type, init)) return false;
    if (this.missing) {
      // What is no address is there from the beginning: the variable is data, and in the checksum.
      if (d.bytes.some((b) => b !== 0)) this.data.set(g, d);
      return false;
    }
    for (const t of this.pending) this.data.set(t.global, t);
    if (d.pointers.length > 0 || d.bytes.some((b) => b !== 0)) this.data.set(g, d);
    this.done.set(v, d);
    return true;
  }

  /**
   * The read-only contents of a literal within a function, and the temporaries it leads to: of a struct or array type, or
   * the array of a slice literal. null if making it takes code. What code can change must be new each time, so only
   * constants, functions and addresses of variables qualify.
   */
  literalData(e: Expr, type: SType): StaticData[] | null {
    const x = unparen(e);
    if (x.kind !== Kind.CompositeLit) return null;
    const u = under(type.go!);
    return this.readonly(type, (d) => {
      if (u.kind === TypeKind.Struct) return this.structLiteral(d, 0, u, x);
      return u.kind === TypeKind.Array && this.elements(d, 0, u.elem, x);
    });
  }

  /** The same for a list of expressions that make up an array. */
  arrayData(list: readonly Expr[], array: SType, elem: SType): StaticData[] | null {
    return this.readonly(array, (d) => list.every((x, i) => this.assign(d, i * elem.size, elem.go!, x)));
  }

  private inFunction = false;

  private readonly(type: SType, fill: (d: StaticData) => boolean): StaticData[] | null {
    const d = new StaticData(this.ctx.newTemp(type, true), type.size);
    this.pending = [];
    this.inFunction = true;
    this.missing = false;
    const ok = fill(d) && !this.missing;
    this.inFunction = false;
    return ok && this.pending.every((t) => t.global.readonly) ? [d, ...this.pending] : null;
  }

  private point(d: StaticData, offset: number, target: DataTarget, addend = 0): boolean {
    if (this.noAddresses) {
      this.missing = true;
      return true;
    }
    d.pointers.push({ offset, target, addend });
    return true;
  }

  /** A length or capacity, which stands beside the address it is for. */
  private length(d: StaticData, offset: number, n: number): void {
    if (!this.noAddresses) int64(d, offset, n);
  }

  private temp(type: Type, readonly: boolean): StaticData {
    const s = this.ctx.types.of(type);
    const d = new StaticData(this.ctx.newTemp(s, readonly), s.size);
    this.pending.push(d);
    return d;
  }

  /** Writes the value of e, converted to type, at d+offset. */
  private assign(d: StaticData, offset: number, type: Type, expr: Expr): boolean {
    const e = unparen(expr);
    const tv = tvOf(e);
    if (tv === null) return e.kind === Kind.CompositeLit && this.literal(d, offset, type, e);
    if (tv.mode === Mode.Nil || isUntypedNil(tv.type)) return true;
    const u = under(type);
    if (u.kind === TypeKind.Interface && under(tv.type).kind !== TypeKind.Interface)
      return this.toInterface(d, offset, type, tv.type, e);
    if (tv.value !== null) return this.constant(d, offset, type, tv.value);
    switch (e.kind) {
      case Kind.Name:
        return this.argument(d, offset, type, objOf(e)) ?? this.named(d, offset, objOf(e));
      case Kind.SelectorExpr: {
        // A method value or expression takes a wrapper or a closure: code.
        if (selectionOf(e) !== null) return false;
        return this.named(d, offset, objOf(e.sel));
      }
      case Kind.CompositeLit:
        return this.literal(d, offset, tv.type, e);
      case Kind.FuncLit: {
        if (this.inFunction || this.args !== null) return false;
        const fn = this.ctx.literalOf(e);
        return fn !== null && this.point(d, offset, { kind: "funcValue", fn });
      }
      case Kind.Operation:
        if (e.op === Operator.Add && u.kind === TypeKind.Basic) {
          const text = this.text(e);
          return text !== null && this.stringData(d, offset, text);
        }
        return e.op === Operator.And && e.y === null && this.addressOf(d, offset, unparen(e.x));
      case Kind.CallExpr:
        return this.conversion(d, offset, type, e) || this.call(d, offset, type, e);
      default:
        return false;
    }
  }

  private named(d: StaticData, offset: number, obj: ReturnType<typeof objOf>): boolean {
    if (obj === null) return false;
    if (obj.kind === ObjKind.Func) {
      const fn = this.ctx.functionOf(obj);
      return fn !== null && this.point(d, offset, { kind: "funcValue", fn });
    }
    if (this.inFunction || obj.kind !== ObjKind.Var || obj.varKind !== VarKind.Package) return false;
    // The variable still has its initial value: its data is copied. A string may be replaced by the linker's -X.
    const from = this.done.get(obj);
    const u = under(obj.type!);
    if (
      from === undefined ||
      obj.reassigned ||
      obj.addrTaken ||
      (u.kind === TypeKind.Basic && u.basic === BasicKind.String)
    )
      return false;
    d.bytes.set(from.bytes, offset);
    for (const p of from.pointers) d.pointers.push({ offset: offset + p.offset, target: p.target, addend: p.addend });
    return true;
  }

  private addressOf(d: StaticData, offset: number, x: Expr): boolean {
    if (x.kind === Kind.CompositeLit) {
      const t = tvOf(x)!.type;
      const temp = this.temp(t, false);
      return this.literal(temp, 0, t, x) && this.point(d, offset, { kind: "global", global: temp.global });
    }
    const place = this.place(x);
    return place !== null && this.point(d, offset, { kind: "global", global: place.global }, place.offset);
  }

  /** A variable of the package, or a part of it at a fixed offset. */
  private place(expr: Expr): { global: Global; offset: number } | null {
    const x = unparen(expr);
    switch (x.kind) {
      case Kind.Name: {
        const obj = objOf(x);
        if (obj?.kind !== ObjKind.Var || obj.varKind !== VarKind.Package) return null;
        return { global: this.ctx.globalOf(obj), offset: 0 };
      }
      case Kind.SelectorExpr: {
        const sel = selectionOf(x);
        if (sel === null) {
          const obj = objOf(x.sel);
          if (obj?.kind !== ObjKind.Var) return null;
          return { global: this.ctx.globalOf(obj), offset: 0 };
        }
        if (sel.indirect || sel.obj.kind !== ObjKind.Var) return null;
        const base = this.place(x.x);
        if (base === null) return null;
        let offset = base.offset;
        let t: Type = tvOf(x.x)!.type;
        for (const i of sel.index) {
          const s = under(t);
          if (s.kind !== TypeKind.Struct) return null;
          offset += layoutOf(s).offsets[i]!;
          t = s.fields[i]!.type!;
        }
        return { global: base.global, offset };
      }
      case Kind.IndexExpr: {
        const t = under(tvOf(x.x)!.type);
        const index = tvOf(x.index)?.value ?? null;
        if (t.kind !== TypeKind.Array || index === null) return null;
        const base = this.place(x.x);
        const i = toInt64Parts(toInt(index));
        if (base === null || i === undefined) return null;
        return { global: base.global, offset: base.offset + i[0] * layoutOf(t.elem).size };
      }
      default:
        return null;
    }
  }

  private conversion(d: StaticData, offset: number, type: Type, e: CallExpr): boolean {
    const fun = tvOf(e.fun);
    if (fun === null || fun.mode !== Mode.TypeExpr || e.argList.length !== 1) return false;
    const to = fun.type;
    const arg = e.argList[0]!;
    const from = tvOf(unparen(arg));
    const u = under(to);
    if (from !== null && from.value?.kind === ConstKind.String && u.kind === TypeKind.Slice) {
      const elem = under(u.elem);
      if (elem.kind !== TypeKind.Basic || elem.basic !== BasicKind.Uint8) return false;
      return this.byteSlice(d, offset, u.elem, stringVal(from.value));
    }
    // The other conversions that need no code keep the bits: between types of one layout, and to interfaces.
    if (u.kind === TypeKind.Interface) return this.assign(d, offset, to, arg);
    if (from === null || !sameBits(from.type, to)) return false;
    return this.assign(d, offset, under(type).kind === TypeKind.Interface ? to : type, arg);
  }

  /** A call of a function that only returns one value: that value, as with errors.New. */
  private call(d: StaticData, offset: number, type: Type, e: CallExpr): boolean {
    const fun = unparen(e.fun);
    const name = fun.kind === Kind.SelectorExpr && selectionOf(fun) === null ? fun.sel : fun;
    const fn = name.kind === Kind.Name ? objOf(name) : null;
    if (this.inFunction || fn === null || fn.kind !== ObjKind.Func || this.depth === maxCallDepth) return false;
    const result = this.ctx.resultOf(fn);
    if (result === null) return false;
    const params = fn.signature.params.vars;
    const to = fn.signature.results.vars[0]!.type!;
    if (e.argList.length !== params.length || (under(type).kind === TypeKind.Interface && type !== to)) return false;
    const outer = this.args;
    const args = new Map<Var, Argument>();
    params.forEach((p, i) => {
      args.set(p, { expr: e.argList[i]!, args: outer, used: false });
    });
    this.args = args;
    this.depth++;
    const ok = this.assign(d, offset, to, result);
    this.depth--;
    this.args = outer;
    // What is not used must be evaluated all the same.
    return ok && [...args.values()].every((a) => a.used || tvOf(unparen(a.expr))?.value != null);
  }

  /** The value of a parameter of a function whose call is laid out; null if obj is none. */
  private argument(d: StaticData, offset: number, type: Type, obj: ReturnType<typeof objOf>): boolean | null {
    const a = obj !== null && obj.kind === ObjKind.Var ? this.args?.get(obj) : undefined;
    if (a === undefined || obj === null) return null;
    if (under(type).kind === TypeKind.Interface && type !== obj.type) return false;
    if (a.used && tvOf(unparen(a.expr))?.value == null) return false;
    a.used = true;
    const inner = this.args;
    this.args = a.args;
    const ok = this.assign(d, offset, obj.type!, a.expr);
    this.args = inner;
    return ok;
  }

  /** The bytes of a string made of constants, and of arguments that are constants; null if it takes code. */
  private text(expr: Expr): string | null {
    const e = unparen(expr);
    const v = tvOf(e)?.value ?? null;
    if (v !== null) return v.kind === ConstKind.String ? stringVal(v) : null;
    if (e.kind === Kind.Name) {
      const obj = objOf(e);
      const a = obj !== null && obj.kind === ObjKind.Var ? this.args?.get(obj) : undefined;
      if (a === undefined) return null;
      const c = tvOf(unparen(a.expr))?.value ?? null;
      return c !== null && c.kind === ConstKind.String ? stringVal(c) : null;
    }
    if (e.kind !== Kind.Operation || e.op !== Operator.Add || e.y === null) return null;
    const x = this.text(e.x);
    const y = x === null ? null : this.text(e.y);
    return x === null || y === null ? null : x + y;
  }

  private stringData(d: StaticData, offset: number, bytes: string): boolean {
    if (bytes === "") return true;
    this.length(d, offset + 8, bytes.length);
    return this.point(d, offset, { kind: "string", bytes });
  }

  private byteSlice(d: StaticData, offset: number, elem: Type, text: string): boolean {
    if (text.length > 0) {
      const array = this.temp(new GoArray(text.length, elem), false);
      array.bytes.set(bytesOf(text));
      if (!this.point(d, offset, { kind: "global", global: array.global })) return false;
    } else if (!this.point(d, offset, { kind: "global", global: this.ctx.runtimeData("zerobase") })) return false;
    this.length(d, offset + 8, text.length);
    this.length(d, offset + 16, text.length);
    return true;
  }

  private toInterface(d: StaticData, offset: number, iface: Type, concrete: Type, e: Expr): boolean {
    const t = this.ctx.types;
    const c = t.of(concrete);
    const word: DataTarget = isEmptyInterface(iface)
      ? { kind: "type", type: c }
      : { kind: "itab", itab: { concrete: c, iface: t.of(iface) } };
    if (!this.point(d, offset, word)) return false;
    if (c.size === 8 && c.ptrBytes === 8 && c.kind !== t.string.kind) return this.assign(d, offset + 8, concrete, e);
    if (c.size === 0) return this.point(d, offset + 8, { kind: "global", global: this.ctx.runtimeData("zerobase") });
    // Values behind interfaces never change.
    const box = this.temp(concrete, true);
    return this.assign(box, 0, concrete, e) && this.point(d, offset + 8, { kind: "global", global: box.global });
  }

  // ---- Constants

  private constant(d: StaticData, offset: number, type: Type, v: Value): boolean {
    const u = under(type);
    if (u.kind === TypeKind.Pointer || u.kind === TypeKind.Signature) return false;
    if (u.kind !== TypeKind.Basic) return false;
    switch (u.basic) {
      case BasicKind.Bool:
      case BasicKind.UntypedBool:
        d.bytes[offset] = boolVal(v) ? 1 : 0;
        return true;
      case BasicKind.String:
      case BasicKind.UntypedString: {
        return this.stringData(d, offset, stringVal(v));
      }
      case BasicKind.Float32:
        view(d).setUint32(offset, float32Bits(toFloat(v)), true);
        return true;
      case BasicKind.Float64:
      case BasicKind.UntypedFloat:
        float64(d, offset, v);
        return true;
      case BasicKind.Complex64:
        view(d).setUint32(offset, float32Bits(toFloat(real(v))), true);
        view(d).setUint32(offset + 4, float32Bits(toFloat(imag(v))), true);
        return true;
      case BasicKind.Complex128:
        float64(d, offset, real(v));
        float64(d, offset + 8, imag(v));
        return true;
      default: {
        const i = toInt(v);
        const halves = toInt64Parts(i);
        if (halves === undefined || bigIntVal(i) === undefined) return false;
        const size = layoutOf(type).size;
        if (u.basic === BasicKind.UnsafePointer) return halves[0] === 0 && halves[1] === 0;
        for (let k = 0; k < size; k++)
          d.bytes[offset + k] = (k < 4 ? halves[0] >>> (8 * k) : halves[1] >>> (8 * (k - 4))) & 255;
        return true;
      }
    }
  }

  // ---- Composite literals

  private literal(d: StaticData, offset: number, type: Type, e: CompositeLit): boolean {
    // An elided &T inside another literal.
    const u = under(type);
    switch (u.kind) {
      case TypeKind.Pointer: {
        const temp = this.temp(u.elem, false);
        return this.literal(temp, 0, u.elem, e) && this.point(d, offset, { kind: "global", global: temp.global });
      }
      case TypeKind.Struct:
        return this.structLiteral(d, offset, u, e);
      case TypeKind.Array:
        return this.elements(d, offset, u.elem, e);
      case TypeKind.Slice: {
        const length = literalLength(e);
        if (length === 0) {
          return this.point(d, offset, { kind: "global", global: this.ctx.runtimeData("zerobase") });
        }
        const array = this.temp(new GoArray(length, u.elem), false);
        if (!this.elements(array, 0, u.elem, e)) return false;
        this.length(d, offset + 8, length);
        this.length(d, offset + 16, length);
        return this.point(d, offset, { kind: "global", global: array.global });
      }
      default:
        return false;
    }
  }

  private structLiteral(d: StaticData, offset: number, u: Struct, e: CompositeLit): boolean {
    const { offsets } = layoutOf(u);
    return e.elemList.every((x, i) => {
      let field = i;
      let value = x;
      if (x.kind === Kind.KeyValueExpr) {
        const name = x.key.kind === Kind.Name ? x.key.value : "";
        field = u.fields.findIndex((f) => f.name === name);
        value = x.value;
      }
      const f = u.fields[field];
      if (f === undefined) return false;
      if (f.name === "_") return tvOf(unparen(value))?.value !== null;
      return this.assign(d, offset + offsets[field]!, f.type!, value);
    });
  }

  private elements(d: StaticData, offset: number, elem: Type, e: CompositeLit): boolean {
    const size = layoutOf(elem).size;
    let index = 0;
    for (const x of e.elemList) {
      let value = x;
      if (x.kind === Kind.KeyValueExpr) {
        index = constantIndex(x.key);
        value = x.value;
      }
      if (!this.assign(d, offset + index * size, elem, value)) return false;
      index++;
    }
    return true;
  }
}

/** Length of a slice or [...] literal: one more than its largest index. */
function literalLength(e: CompositeLit): number {
  let index = 0;
  let length = 0;
  for (const x of e.elemList) {
    if (x.kind === Kind.KeyValueExpr) index = constantIndex(x.key);
    index++;
    length = Math.max(length, index);
  }
  return length;
}

function constantIndex(key: Expr): number {
  const halves = toInt64Parts(toInt(tvOf(unparen(key))!.value!))!;
  return halves[1] * 4294967296 + halves[0];
}

function isUntypedNil(t: Type): boolean {
  return t.kind === TypeKind.Basic && t.basic === BasicKind.UntypedNil;
}

/** Whether a conversion changes nothing but the type. */
function sameBits(from: Type, to: Type): boolean {
  const a = under(from);
  const b = under(to);
  const isPointer = (t: Type): boolean =>
    t.kind === TypeKind.Pointer || (t.kind === TypeKind.Basic && t.basic === BasicKind.UnsafePointer);
  if (isPointer(a) && isPointer(b)) return true;
  if (a.kind !== b.kind) return false;
  return a.kind !== TypeKind.Basic || (b.kind === TypeKind.Basic && a.basic === b.basic);
}

function view(d: StaticData): DataView {
  return new DataView(d.bytes.buffer, d.bytes.byteOffset, d.bytes.byteLength);
}

function int64(d: StaticData, offset: number, n: number): void {
  view(d).setUint32(offset, n >>> 0, true);
  view(d).setUint32(offset + 4, Math.floor(n / 4294967296) >>> 0, true);
}

function float64(d: StaticData, offset: number, v: Value): void {
  const [lo, hi] = float64Bits(toFloat(v));
  view(d).setUint32(offset, lo, true);
  view(d).setUint32(offset + 4, hi, true);
}
