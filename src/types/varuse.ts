// What happens to variables, for the compiler: whether their address is taken and whether they change after declaration.
import { type Expr, Kind, Operator } from "#syntax";
import type { Selection, TypeAndValue } from "./info.ts";
import { type Obj, ObjKind, type Var } from "./objects.ts";
import { deref, under } from "./predicates.ts";
import { type Type, TypeKind } from "./types.ts";

/** The variable that the addressable expression e is (a part of); null if e lies behind a pointer, in a slice or a map. */
export function outerVar(e: Expr): Var | null {
  for (;;) {
    switch (e.kind) {
      case Kind.Name: {
        const obj = e.obj as Obj | null;
        return obj !== null && obj.kind === ObjKind.Var ? obj : null;
      }
      case Kind.ParenExpr:
        e = e.x;
        break;
      case Kind.SelectorExpr: {
        const sel = e.selection as Selection | null;
        if (sel === null) {
          // A variable of another package.
          const obj = e.sel.obj as Obj | null;
          return obj !== null && obj.kind === ObjKind.Var ? obj : null;
        }
        if (sel.indirect) return null;
        e = e.x;
        break;
      }
      case Kind.IndexExpr: {
        const tv = e.x.tv as TypeAndValue | null;
        if (tv === null || under(tv.type).kind !== TypeKind.Array) return null;
        e = e.x;
        break;
      }
      case Kind.Operation:
        if (e.op !== Operator.Mul) return null;
        return null;
      default:
        return null;
    }
  }
}

export function markAddrTaken(e: Expr): void {
  const v = outerVar(e);
  if (v !== null) v.addrTaken = true;
}

export function markReassigned(e: Expr): void {
  const v = outerVar(e);
  if (v !== null) v.reassigned = true;
}

/** Whether t is a pointer type. */
export function isPointerType(t: Type): boolean {
  return deref(t).ptr;
}
