// Cycles of declarations that need no types to be seen, and types of infinite size.
import { Kind } from "#syntax";
import type { Checker } from "./checker.ts";
import { cycleError, firstInSource } from "./decl.ts";
import { pathObj, rhsOf } from "./named.ts";
import { type Obj, ObjKind, type TypeName } from "./objects.ts";
import { unalias } from "./predicates.ts";
import { type Type, TypeKind } from "./types.ts";
import { invalidType } from "./universe.ts";

/** Reports chains of package-level types that are declared as each other: `type A B; type B A`. */
export function directCycles(c: Checker): void {
  const done = new Set<TypeName>();
  for (const obj of c.objList) if (obj.kind === ObjKind.TypeName) directCycle(c, obj, done);
}

function directCycle(c: Checker, start: TypeName, done: Set<TypeName>): void {
  const path: TypeName[] = [];
  let name = start;
  for (;;) {
    if (done.has(name)) break;
    const i = path.indexOf(name);
    if (i >= 0) {
      name.type = invalidType;
      const cycle: Obj[] = path.slice(i);
      cycleError(c, cycle, firstInSource(cycle));
      break;
    }
    path.push(name);
    const rhs = name.decl!.typeDecl!.type;
    if (rhs.kind !== Kind.Name) break;
    const next = c.pkg.scope.lookup(rhs.value);
    if (next === undefined || next.kind !== ObjKind.TypeName) break;
    name = next;
  }
  for (const n of path) done.add(n);
}

/** Whether values of type t have a size: not so, and reported, if t is being declared and contains itself. */
export function finiteSize(c: Checker, t: Type): boolean {
  t = unalias(t);
  switch (t.kind) {
    case TypeKind.Named: {
      if (t.finite !== 0) return t.finite === 1;
      // Other packages have been checked; what nobody has looked into yet, validType will judge.
      if (t.obj.pkg !== c.pkg || (t.targs !== null && t.fromRHS === null)) return true;
      const obj = pathObj(t);
      if (obj.pathIndex !== 0 && c.objPath[obj.pathIndex - 1] === obj) {
        const cycle = c.objPath.slice(obj.pathIndex - 1);
        cycleError(c, cycle, firstInSource(cycle));
        return false;
      }
      c.push(obj);
      const rhs = rhsOf(t);
      const ok = rhs === null || finiteSize(c, rhs);
      c.pop();
      if (rhs !== null) t.finite = ok ? 1 : 2;
      return ok;
    }
    case TypeKind.Array:
      return finiteSize(c, t.elem);
    case TypeKind.Struct:
      for (const f of t.fields) if (!finiteSize(c, f.type!)) return false;
      return true;
    default:
      return true;
  }
}
