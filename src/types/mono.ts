// Instantiation cycles: generic functions and types that would need infinitely many instances. Type parameters are vertices;
// an edge leads from a type parameter to one that is instantiated with a type that mentions it, with weight 1 if that type
// is not the parameter itself. A cycle of positive weight never ends. cmd/compile/internal/types2/mono.go.
import { type Expr, startPos } from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { ObjKind, type TypeName } from "./objects.ts";
import type { Package } from "./package.ts";
import { isAliasName, unalias } from "./predicates.ts";
import { typeString } from "./typestring.ts";
import { typeSetOf } from "./typeset.ts";
import { type Named, type Type, TypeKind, type TypeParam } from "./types.ts";

class Vertex {
  /** Weight of the heaviest path known to this vertex, its last edge, and its length. */
  weight = 0;
  pre = 0;
  len = 0;
  constructor(readonly obj: TypeName) {}
}

interface Edge {
  readonly dst: number;
  readonly src: number;
  readonly weight: number;
  readonly pos: number;
  readonly type: Type;
}

export class MonoGraph {
  private readonly vertices: Vertex[] = [];
  private readonly edges: Edge[] = [];
  /** Receiver type parameters are those of their type. */
  private readonly canonical = new Map<TypeParam, TypeParam>();
  private readonly index = new Map<TypeName, number>();

  recordCanon(mpar: TypeParam, tpar: TypeParam): void {
    this.canonical.set(mpar, tpar);
  }

  recordInstance(
    pkg: Package,
    pos: number,
    tparams: readonly TypeParam[],
    targs: readonly Type[],
    xlist: readonly Expr[],
  ): void {
    for (let i = 0; i < tparams.length; i++)
      this.assign(pkg, i < xlist.length ? startPos(xlist[i]!) : pos, tparams[i]!, targs[i]!);
  }

  private assign(pkg: Package, pos: number, p: TypeParam, targ: Type): void {
    // Only cycles within one package can be: imports have none.
    if (p.obj.pkg !== pkg) return;
    const flow = (src: number, t: Type) => {
      this.edges.push({ dst: this.vertex(p), src, weight: t === targ ? 0 : 1, pos, type: targ });
    };
    const visit = (t: Type): void => {
      t = unalias(t);
      switch (t.kind) {
        case TypeKind.TypeParam:
          flow(this.vertex(t), t);
          break;
        case TypeKind.Named: {
          const src = this.localVertex(pkg, t.orig);
          if (src >= 0) flow(src, t);
          if (t.targs !== null) for (const a of t.targs) visit(a);
          break;
        }
        case TypeKind.Array:
        case TypeKind.Slice:
        case TypeKind.Pointer:
        case TypeKind.Chan:
          visit(t.elem);
          break;
        case TypeKind.Map:
          visit(t.key);
          visit(t.elem);
          break;
        case TypeKind.Interface:
          for (const m of typeSetOf(t).methods) visit(m.type!);
          break;
        case TypeKind.Signature:
          for (const v of t.params.vars) visit(v.type!);
          for (const v of t.results.vars) visit(v.type!);
          break;
        case TypeKind.Struct:
          for (const f of t.fields) visit(f.type!);
          break;
      }
    };
    visit(targ);
  }

  private vertex(p: TypeParam): number {
    const obj = (this.canonical.get(p) ?? p).obj;
    let i = this.index.get(obj);
    if (i === undefined) {
      i = this.vertices.length;
      this.vertices.push(new Vertex(obj));
      this.index.set(obj, i);
    }
    return i;
  }

  /** A type declared in a generic function depends on the type parameters in scope; -1 for other types. */
  private localVertex(pkg: Package, t: Named): number {
    const obj = t.obj;
    if (obj.pkg !== pkg || obj.parent === pkg.scope || obj.parent === null) return -1;
    const known = this.index.get(obj);
    if (known !== undefined) return known;
    let i = -1;
    for (let s = obj.parent; s !== null && s !== pkg.scope; s = s.parent!) {
      for (const e of s.values()) {
        if (e.kind !== ObjKind.TypeName || isAliasName(e) || e.pos >= obj.pos) continue;
        if (e.type === null || e.type.kind !== TypeKind.TypeParam) continue;
        if (i < 0) {
          i = this.vertices.length;
          this.vertices.push(new Vertex(obj));
        }
        this.edges.push({ dst: i, src: this.vertex(e.type), weight: 1, pos: obj.pos, type: e.type });
      }
      if (s.parent === null) break;
    }
    this.index.set(obj, i);
    return i;
  }

  /** Reports an instantiation cycle, if there is one: looks for paths of growing weight, as Bellman and Ford do. */
  check(c: Checker): void {
    for (let again = true; again; ) {
      again = false;
      for (let i = 0; i < this.edges.length; i++) {
        const e = this.edges[i]!;
        const src = this.vertices[e.src]!;
        const dst = this.vertices[e.dst]!;
        const w = src.weight + e.weight;
        if (w <= dst.weight) continue;
        dst.pre = i;
        dst.len = src.len + 1;
        if (dst.len === this.vertices.length) {
          this.report(c, e.dst);
          return;
        }
        dst.weight = w;
        again = true;
      }
    }
  }

  private report(c: Checker, v: number): void {
    let stack: number[] = [];
    const seen = new Set<number>();
    while (!seen.has(v)) {
      stack.push(v);
      seen.add(v);
      v = this.edges[this.vertices[v]!.pre]!.src;
    }
    stack = stack.slice(stack.indexOf(v));
    const err = c.newError(ErrorCode.InvalidInstanceCycle);
    err.add(this.vertices[v]!.obj.pos, "instantiation cycle:");
    const qf = (p: Package) => (p === c.pkg ? "" : p.path);
    for (const i of stack) {
      const e = this.edges[this.vertices[i]!.pre]!;
      const obj = this.vertices[e.dst]!.obj;
      const how =
        obj.type !== null && obj.type.kind === TypeKind.TypeParam ? "instantiated as" : "implicitly parameterized by";
      err.add(e.pos, `${obj.name} ${how} ${typeString(e.type, qf)}`);
    }
    err.report();
  }
}
