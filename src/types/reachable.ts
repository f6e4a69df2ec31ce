// Which unexported objects an importer can know of: types that exported declarations lead to, and what is named in the bodies
// that may be inlined. For messages only.
import { Diagnostics, PosTable } from "#base";
import { children, Kind, type Node, parseBody } from "#syntax";
import { type Func, isExported, type Obj, ObjKind } from "./objects.ts";
import { type Package, resolveObject } from "./package.ts";
import { unalias, under } from "./predicates.ts";
import { methodAt, numMethods } from "./named.ts";
import { type Type, TypeKind } from "./types.ts";

/** Bytes of a body that gc surely inlines. Export data has such bodies, sources have all. */
const shortBody = 80;

const known = new WeakMap<Package, Set<Obj>>();

/** The package-level objects that the types and short bodies of exported ones mention, directly or through others. */
export function reachable(pkg: Package): Set<Obj> {
  const memo = known.get(pkg);
  if (memo !== undefined) return memo;
  const out = new Set<Obj>();
  known.set(pkg, out);
  const seen = new Set<Type>();
  const visit = (t: Type | null): void => {
    if (t === null) return;
    t = unalias(t);
    if (seen.has(t)) return;
    seen.add(t);
    switch (t.kind) {
      case TypeKind.Named:
        if (t.targs !== null) for (const a of t.targs) visit(a);
        if (t.obj.pkg !== pkg) return;
        out.add(t.obj);
        visit(under(t));
        for (let i = 0; i < numMethods(t); i++) {
          const m = methodAt(t, i);
          resolveObject(m);
          visit(m.type);
          visitBody(m);
        }
        break;
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
      case TypeKind.Struct:
        for (const f of t.fields) visit(f.type);
        break;
      case TypeKind.Tuple:
        for (const v of t.vars) visit(v.type);
        break;
      case TypeKind.Signature:
        visit(t.params);
        visit(t.results);
        break;
      case TypeKind.Interface:
        for (const m of t.methods) visit(m.type);
        for (const e of t.embeddeds) visit(e);
        break;
    }
  };
  const visitObject = (obj: Obj): void => {
    resolveObject(obj);
    visit(obj.type);
    if (obj.kind === ObjKind.Func) visitBody(obj);
  };
  const visitBody = (fn: Func): void => {
    const decl = fn.origin.funcDecl ?? fn.origin.decl?.funcDecl ?? null;
    if (decl === null || fn.origin.decl === null || decl.bodyStart < 0) return;
    if (decl.bodyEnd - decl.bodyStart > shortBody) return;
    const body = parseBody(fn.origin.decl.file.syntax, decl, new Diagnostics(new PosTable()), {
      std: true,
      compilingRuntime: true,
    });
    // A name that something local has too does no harm.
    const names = (n: Node): void => {
      if (n.kind === Kind.Name) {
        const obj = pkg.scope.lookup(n.value);
        if (obj === undefined || obj.kind === ObjKind.PkgName || out.has(obj)) return;
        out.add(obj);
        visitObject(obj);
      } else if (n.kind === Kind.SelectorExpr) names(n.x);
      else children(n, names);
    };
    if (body !== null) names(body);
  };
  for (const [name, obj] of pkg.scope.elems) if (isExported(name) && obj.kind !== ObjKind.PkgName) visitObject(obj);
  return out;
}
