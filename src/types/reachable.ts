// Which unexported types an importer can know of: those that exported declarations lead to. For messages only.
import { isExported, type Obj, ObjKind } from "./objects.ts";
import { type Package, resolveObject } from "./package.ts";
import { unalias, under } from "./predicates.ts";
import { methodAt, numMethods } from "./named.ts";
import { type Type, TypeKind } from "./types.ts";

const known = new WeakMap<Package, Set<Obj>>();

/** The package-level type names that the types of exported objects mention, directly or through other types. */
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
  for (const [name, obj] of pkg.scope.elems) {
    if (!isExported(name) || obj.kind === ObjKind.PkgName) continue;
    resolveObject(obj);
    visit(obj.type);
  }
  return out;
}
