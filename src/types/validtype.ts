// Types that would contain themselves by value, also through type arguments.
import type { Checker } from "./checker.ts";
import { cycleError } from "./decl.ts";
import { pathObj, rhsOf } from "./named.ts";
import { identical, unalias } from "./predicates.ts";
import { type Named, type Type, TypeKind } from "./types.ts";
import { invalidType } from "./universe.ts";

/** Types known to be valid need not be looked into again. */
const valid = new WeakSet<Named>();

/** Reports t if it is an invalid recursive type. */
export function validType(c: Checker, t: Named): void {
  validType0(c, t, [], []);
}

/**
 * nest: the chain of types that t is nested in; its last element supplies the type arguments of the type parameters found.
 * path: all types seen on the way, for the message.
 */
function validType0(c: Checker, t: Type, nest: Named[], path: Named[]): boolean {
  t = unalias(t);
  switch (t.kind) {
    case TypeKind.Array:
      return validType0(c, t.elem, nest, path);
    case TypeKind.Struct:
      for (const f of t.fields) if (!validType0(c, f.type!, nest, path)) return false;
      return true;
    case TypeKind.Union:
      for (const x of t.terms) if (!validType0(c, x.type, nest, path)) return false;
      return true;
    case TypeKind.Interface:
      for (const e of t.embeddeds) if (!validType0(c, e, nest, path)) return false;
      return true;
    case TypeKind.Named: {
      const orig = t.orig;
      // Without type arguments validity does not depend on where the type is nested. Types of other packages are valid.
      const plain = t.targs === null;
      if (plain && (valid.has(t) || t.obj.pkg !== c.pkg)) return true;
      for (const e of nest) {
        if (!identical(e, t)) continue;
        orig.fromRHS = invalidType;
        orig.resolved = invalidType;
        const start = path.findIndex((p) => identical(p, t));
        cycleError(c, path.slice(start).map(pathObj), 0);
        return false;
      }
      const rhs = orig.targs === null ? orig.fromRHS : rhsOf(orig);
      if (rhs === null) return true;
      nest.push(t);
      path.push(t);
      const ok = validType0(c, rhs, nest, path);
      nest.pop();
      path.pop();
      if (!ok) return false;
      if (plain && nest.length === 0) valid.add(t);
      return true;
    }
    case TypeKind.TypeParam: {
      const inst = nest[nest.length - 1];
      if (inst === undefined || inst.targs === null) return true;
      const i = inst.orig.tparams.indexOf(t);
      if (i < 0 || i >= inst.targs.length) return true;
      // The argument is nested where the instance is, not in it.
      nest.pop();
      const ok = validType0(c, inst.targs[i]!, nest, path);
      nest.push(inst);
      return ok;
    }
    default:
      return true;
  }
}
