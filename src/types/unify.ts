// Unification: making two types identical (or, inexactly, assignable) by finding types for type parameters.
// cmd/compile/internal/types2/unify.go.
import { InternalError } from "#base";
import { lookupFieldOrMethod } from "./lookup.ts";
import { type Func, ObjKind, objId, sameId } from "./objects.ts";
import { resolveObject } from "./package.ts";
import { asNamed, commonUnder, identical, isInterface, isTypeLit, isTypeParam, unalias, under } from "./predicates.ts";
import { termsEqual, typeSetOf } from "./typeset.ts";
import { Dir, type Interface, type Type, TypeKind, type TypeParam } from "./types.ts";

export const enum UnifyMode {
  /** The types need only be assignable at the top level. */
  Assign = 1,
  /** They must be identical; otherwise a defined type matches a literal with its underlying type, for instance. */
  Exact = 2,
}

const depthLimit = 50;

/** A type found for one or more joined type parameters. */
interface Handle {
  type: Type | null;
}

interface Pair {
  readonly x: Interface;
  readonly y: Interface;
  readonly prev: Pair | null;
}

export class Unifier {
  private readonly handles = new Map<TypeParam, Handle>();
  private depth = 0;
  constructor(
    tparams: readonly TypeParam[],
    targs: readonly (Type | null)[],
    /** Interfaces match types with their methods (since go1.21). */
    private readonly interfaces: boolean,
  ) {
    for (let i = 0; i < tparams.length; i++) this.handles.set(tparams[i]!, { type: targs[i] ?? null });
  }

  unify(x: Type, y: Type, mode: number): boolean {
    return this.nify(x, y, mode, null);
  }

  at(p: TypeParam): Type | null {
    return this.handles.get(p)!.type;
  }

  set(p: TypeParam, t: Type): void {
    this.handles.get(p)!.type = t;
  }

  unknowns(): number {
    let n = 0;
    for (const h of this.handles.values()) if (h.type === null) n++;
    return n;
  }

  inferred(tparams: readonly TypeParam[]): (Type | null)[] {
    return tparams.map((p) => this.at(p));
  }

  private join(x: TypeParam, y: TypeParam): boolean {
    const hx = this.handles.get(x)!;
    const hy = this.handles.get(y)!;
    if (hx === hy) return true;
    if (hx.type !== null && hy.type !== null) return false;
    const [from, to] = hx.type !== null ? [hy, hx] : [hx, hy];
    for (const [p, h] of this.handles) if (h === from) this.handles.set(p, to);
    return true;
  }

  private bound(t: Type): TypeParam | null {
    const u = unalias(t);
    return u.kind === TypeKind.TypeParam && this.handles.has(u) ? u : null;
  }

  private nify(x: Type, y: Type, mode: number, p: Pair | null): boolean {
    this.depth++;
    const r = this.nify1(x, y, mode, p);
    this.depth--;
    return r;
  }

  private nify1(x: Type, y: Type, mode: number, p: Pair | null): boolean {
    if (x === y || unalias(x) === unalias(y)) return true;
    if (this.depth > depthLimit)
      throw new InternalError("types", "unification", "unification reached recursion depth limit");
    // If there is a bound type parameter, it is x; else, if there is a defined type, it is y.
    if (asNamed(x) !== null || this.bound(y) !== null) [x, y] = [y, x];
    // A literal matches a defined type with that underlying type; which one is kept is decided below.
    if ((mode & UnifyMode.Exact) === 0 && isTypeLit(x) && !(this.interfaces && isInterface(x))) {
      const ny = asNamed(y);
      if (ny !== null) {
        y = under(ny);
        if (x === y || unalias(x) === unalias(y)) return true;
      }
    }
    const px = this.bound(x);
    const py = this.bound(y);
    if (px !== null && py !== null) {
      if (this.join(px, py)) return true;
      return this.nify(this.at(px)!, this.at(py)!, mode, p);
    }
    if (px !== null) return this.nifyBound(px, y, mode, p);

    if (this.interfaces && (mode & UnifyMode.Exact) === 0) {
      const xi = asInterface(x);
      const yi = asInterface(y);
      if (xi !== null && yi !== null) return this.nifyInterfaces(xi, yi, p);
      // One interface: the other type must have its methods.
      const i = yi ?? xi;
      const other = yi !== null ? x : y;
      if (i !== null) {
        for (const m of typeSetOf(i).methods) {
          const obj = lookupFieldOrMethod(other, false, m.pkg, m.name).obj;
          if (obj === null || obj.kind !== ObjKind.Func) return false;
          resolveObject(obj);
          if (!this.nify(m.type!, obj.type!, UnifyMode.Exact, p)) return false;
        }
        return true;
      }
    }
    // A type parameter not bound here is y's business only if x is none.
    if (isTypeParam(y)) [x, y] = [y, x];
    const emode = (mode & UnifyMode.Assign) !== 0 ? mode | UnifyMode.Exact : mode;
    const yorig = y;
    x = unalias(x);
    y = unalias(y);
    switch (x.kind) {
      case TypeKind.Basic:
        return y.kind === TypeKind.Basic && x.basic === y.basic;
      case TypeKind.Array:
        return (
          y.kind === TypeKind.Array &&
          (x.len < 0 || y.len < 0 || x.len === y.len) &&
          this.nify(x.elem, y.elem, emode, p)
        );
      case TypeKind.Slice:
        return y.kind === TypeKind.Slice && this.nify(x.elem, y.elem, emode, p);
      case TypeKind.Pointer:
        return y.kind === TypeKind.Pointer && this.nify(x.elem, y.elem, emode, p);
      case TypeKind.Struct: {
        if (y.kind !== TypeKind.Struct || x.fields.length !== y.fields.length) return false;
        for (let i = 0; i < x.fields.length; i++) {
          const f = x.fields[i]!;
          const g = y.fields[i]!;
          if (
            f.embedded !== g.embedded ||
            x.tag(i) !== y.tag(i) ||
            !sameId(f, g.pkg, g.name, false) ||
            !this.nify(f.type!, g.type!, emode, p)
          )
            return false;
        }
        return true;
      }
      case TypeKind.Tuple: {
        if (y.kind !== TypeKind.Tuple || x.vars.length !== y.vars.length) return false;
        for (let i = 0; i < x.vars.length; i++)
          if (!this.nify(x.vars[i]!.type!, y.vars[i]!.type!, mode, p)) return false;
        return true;
      }
      case TypeKind.Signature:
        return (
          y.kind === TypeKind.Signature &&
          x.variadic === y.variadic &&
          this.nify(x.params, y.params, emode, p) &&
          this.nify(x.results, y.results, emode, p)
        );
      case TypeKind.Interface:
        return y.kind === TypeKind.Interface && this.sameInterfaces(x, y, p);
      case TypeKind.Map:
        return y.kind === TypeKind.Map && this.nify(x.key, y.key, emode, p) && this.nify(x.elem, y.elem, emode, p);
      case TypeKind.Chan:
        return (
          y.kind === TypeKind.Chan &&
          ((mode & UnifyMode.Exact) === 0 || x.dir === y.dir) &&
          this.nify(x.elem, y.elem, emode, p)
        );
      case TypeKind.Named: {
        if (y.kind !== TypeKind.Named) return false;
        const xa = x.targs ?? [];
        const ya = y.targs ?? [];
        if (xa.length !== ya.length) return false;
        for (let i = 0; i < xa.length; i++) if (!this.nify(xa[i]!, ya[i]!, mode, p)) return false;
        return x.orig.obj === y.orig.obj;
      }
      case TypeKind.TypeParam: {
        // A type parameter of an enclosing function: what its types have in common may match.
        const core = commonUnder(x, null).under;
        return core !== null && this.nify(core, yorig, UnifyMode.Assign, p);
      }
      default:
        return false;
    }
  }

  /** Unifies y with what is known for the type parameter px. */
  private nifyBound(px: TypeParam, y: Type, mode: number, p: Pair | null): boolean {
    const x = this.at(px);
    if (x === null) {
      this.set(px, y);
      return true;
    }
    if (!this.nify(x, y, mode, p)) return false;
    // Interfaces have unified inexactly: that is no match for one type parameter.
    const xi = asInterface(x);
    const yi = asInterface(y);
    const xn = asNamed(x) !== null;
    const yn = asNamed(y) !== null;
    if (xi !== null && yi !== null) {
      if (xn && yn) return identical(x, y);
      if (typeSetOf(xi).methods.length !== typeSetOf(yi).methods.length) return false;
    } else if (xi !== null || yi !== null) return false;
    if ((mode & UnifyMode.Exact) === 0) {
      // Of a defined type and a literal the defined type is kept, of channels the one with a direction.
      if (xn) return true;
      if (yn) this.set(px, y);
      else {
        const u = under(y);
        if (u.kind === TypeKind.Chan && u.dir !== Dir.Both) this.set(px, y);
      }
    }
    return true;
  }

  /** Two interfaces unify inexactly if the methods they share do and one has all methods of the other. */
  private nifyInterfaces(x: Interface, y: Interface, p: Pair | null): boolean {
    const xs = typeSetOf(x);
    const ys = typeSetOf(y);
    if (xs.comparable !== ys.comparable || !termsEqual(xs.terms, ys.terms)) return false;
    for (let q = p; q !== null; q = q.prev) if ((q.x === x && q.y === y) || (q.x === y && q.y === x)) return true;
    const q: Pair = { x, y, prev: p };
    let small = xs.methods;
    let large = ys.methods;
    if (small.length > large.length) [small, large] = [large, small];
    const byId = new Map<string, Func>();
    for (const m of large) byId.set(objId(m.pkg, m.name), m);
    for (const m of small) {
      const o = byId.get(objId(m.pkg, m.name));
      if (o === undefined || !this.nify(m.type!, o.type!, UnifyMode.Exact, q)) return false;
    }
    return true;
  }

  private sameInterfaces(x: Interface, y: Interface, p: Pair | null): boolean {
    const xs = typeSetOf(x);
    const ys = typeSetOf(y);
    if (xs.comparable !== ys.comparable || !termsEqual(xs.terms, ys.terms)) return false;
    const a = xs.methods;
    const b = ys.methods;
    if (a.length !== b.length) return false;
    for (let q = p; q !== null; q = q.prev) if ((q.x === x && q.y === y) || (q.x === y && q.y === x)) return true;
    const q: Pair = { x, y, prev: p };
    for (let i = 0; i < a.length; i++) {
      const f = a[i]!;
      const g = b[i]!;
      if (objId(f.pkg, f.name) !== objId(g.pkg, g.name) || !this.nify(f.type!, g.type!, UnifyMode.Exact, q))
        return false;
    }
    return true;
  }
}

function asInterface(t: Type): Interface | null {
  if (unalias(t).kind === TypeKind.TypeParam) return null;
  const u = under(t);
  return u.kind === TypeKind.Interface ? u : null;
}
