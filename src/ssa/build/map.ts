import { type Expr, type IndexExpr, Kind as Node, unparen } from "#syntax";
import { type GoMap, Mode, type Type, under } from "#types";
import { Kind, Op, type SType, type Value } from "../core/index.ts";
import { Alg, algOf } from "./alg.ts";
import { typeAddr } from "./assert.ts";
import { retype, stringOperand } from "./conv.ts";
import { addrOfValue, expr, exprAs } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** Elements beyond this size are kept outside of the map's slots (internal/abi: MapMaxElemBytes). */
const maxElemBytes = 128;
/** Size of runtime.zeroVal, what lookups of missing keys lead to. */
const zeroValSize = 1024;

/** Which of the runtime's functions serve a map type. */
type Variant = "" | "_fast32" | "_fast32ptr" | "_fast64" | "_fast64ptr" | "_faststr";

function variantOf(t: GoMap, key: SType, elem: SType): Variant {
  if (elem.size > maxElemBytes) return "";
  const alg = algOf(t.key);
  if (alg === Alg.String) return "_faststr";
  if (alg !== Alg.Mem) return "";
  if (key.size === 4 && !key.hasPointers) return "_fast32";
  if (key.size === 8) return key.hasPointers ? "_fast64ptr" : "_fast64";
  return "";
}

/** A map and a key, evaluated, as the runtime wants them. */
export class MapPlace {
  readonly elem: SType;
  private readonly variant: Variant;
  private readonly type: SType;

  constructor(
    private readonly b: FuncBuilder,
    readonly map: Value,
    t: GoMap,
    readonly key: Value,
  ) {
    this.type = map.type;
    this.elem = b.stype(t.elem);
    this.variant = variantOf(t, b.stype(t.key), this.elem);
  }

  /** The key as the chosen function takes it; assign: pointers stay pointers. */
  private keyArg(assign: boolean): Value {
    const { b, key } = this;
    switch (this.variant) {
      case "":
        return addrOfValue(b, key);
      case "_faststr":
        return retypeTo(b, key, b.types.string);
      case "_fast32":
        return retypeTo(b, key, b.types.uint32);
      case "_fast64":
        return retypeTo(b, key, b.types.uint64);
      default:
        return assign
          ? retypeTo(b, key, b.types.unsafePtr)
          : b.val(Op.PtrToInt, b.types.uint64, retypeTo(b, key, b.types.unsafePtr), b.mem);
    }
  }

  private name(op: string, assign: boolean): string {
    const v = this.variant;
    return op + (v === "_fast64ptr" && !assign ? "_fast64" : v === "_fast32ptr" && !assign ? "_fast32" : v);
  }

  private elemPtr(p: Value): Value {
    return retype(this.b, p, this.b.types.pointerTo(this.elem));
  }

  /** The element, zero if there is none. */
  load(): Value {
    const b = this.b;
    const t = typeAddr(b, this.type);
    const p =
      this.elem.size > zeroValSize
        ? b.runtime1("mapaccess1_fat", t, this.map, this.keyArg(false), mapZero(b, this.elem))
        : b.runtime1(this.name("mapaccess1", false), t, this.map, this.keyArg(false));
    return b.load(this.elem, this.elemPtr(p));
  }

  loadOk(): [Value, Value] {
    const b = this.b;
    const t = typeAddr(b, this.type);
    const r =
      this.elem.size > zeroValSize
        ? b.runtime("mapaccess2_fat", t, this.map, this.keyArg(false), mapZero(b, this.elem))
        : b.runtime(this.name("mapaccess2", false), t, this.map, this.keyArg(false));
    return [b.load(this.elem, this.elemPtr(r[0]!)), r[1]!];
  }

  /** The address of the element, made if there is none. */
  assign(): Value {
    const b = this.b;
    return this.elemPtr(b.runtime1(this.name("mapassign", true), typeAddr(b, this.type), this.map, this.keyArg(true)));
  }

  delete(): void {
    const b = this.b;
    b.runtime(this.name("mapdelete", false), typeAddr(b, this.type), this.map, this.keyArg(false));
  }
}

/** A key of the right size and shape as another type. */
function retypeTo(b: FuncBuilder, v: Value, t: SType): Value {
  const s = v.type;
  if (s.isScalar || s.kind === t.kind) return retype(b, v, t);
  return b.load(t, retype(b, addrOfValue(b, v), b.types.pointerTo(t)));
}

/** What lookups of elements bigger than runtime.zeroVal lead to. */
function mapZero(b: FuncBuilder, elem: SType): Value {
  return b.valAux(Op.Addr, b.types.unsafePtr, 0, b.program.mapZero(elem.size));
}

/** Map and key of m[k]; lookup: the key is only compared. */
export function mapPlace(b: FuncBuilder, e: IndexExpr, lookup: boolean): MapPlace {
  const t = under(b.typeOf(e.x)) as GoMap;
  const m = expr(b, e.x);
  return new MapPlace(b, m, t, mapKey(b, e.index, t.key, lookup));
}

export function mapKey(b: FuncBuilder, e: Expr, key: Type, lookup: boolean): Value {
  if (lookup && b.stype(key).kind === Kind.String && isConversion(b, e))
    return retype(b, stringOperand(b, e), b.stype(key));
  return exprAs(b, e, key);
}

function isConversion(b: FuncBuilder, e: Expr): boolean {
  const u = unparen(e);
  return u.kind === Node.CallExpr && b.constOf(u) === null && b.modeOf(u.fun) === Mode.TypeExpr;
}

/** m[k] as a value. */
export function mapIndex(b: FuncBuilder, e: IndexExpr): Value {
  return mapPlace(b, e, true).load();
}

/** v, ok = m[k] */
export function mapIndexOk(b: FuncBuilder, e: IndexExpr): [Value, Value] {
  return mapPlace(b, e, true).loadOk();
}
