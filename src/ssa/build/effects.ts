import { Kind, type Node, Operator, unparen, walk } from "#syntax";
import { Mode, ObjKind, selectionOf, TypeKind, tvOf, under } from "#types";

/** Whether nobody can tell whether e was evaluated: it calls nothing, receives nothing and cannot panic. */
export function isPure(e: Node): boolean {
  return pureNodes(e) >= 0;
}

/** Number of nodes of a pure expression, types and bodies of function literals aside; -1 if it is none. */
export function pureNodes(e: Node): number {
  let nodes = 0;
  let pure = true;
  walk(e, (n) => {
    if (!pure || isType(n)) return false;
    nodes++;
    pure = !hasEffects(n);
    // What a function literal does happens when it is called.
    return n.kind !== Kind.FuncLit;
  });
  return pure ? nodes : -1;
}

/** Whether evaluating a node itself, not its operands, may do something or panic. */
function hasEffects(n: Node): boolean {
  switch (n.kind) {
    case Kind.Name:
    case Kind.BasicLit:
    case Kind.CompositeLit:
    case Kind.KeyValueExpr:
    case Kind.FuncLit:
    case Kind.ParenExpr:
      return false;
    case Kind.SelectorExpr: {
      // Not the field of a pointer that may be nil, nor the method of an interface that may be.
      const selection = selectionOf(n);
      return tvOf(n)?.value == null && selection !== null && (selection.indirect || selection.obj.kind !== ObjKind.Var);
    }
    case Kind.Operation:
      if (tvOf(n)?.value != null) return false;
      return n.y !== null || n.op !== Operator.And || unparen(n.x).kind !== Kind.CompositeLit;
    case Kind.CallExpr: {
      if (tvOf(n)?.value != null) return false;
      const fun = tvOf(n.fun);
      if (fun === null || fun.mode !== Mode.TypeExpr) return true;
      // A conversion of a slice to an array panics if that is too short.
      const from = tvOf(n.argList[0]!);
      const to = under(fun.type);
      return (
        from === null ||
        (under(from.type).kind === TypeKind.Slice && (to.kind === TypeKind.Array || to.kind === TypeKind.Pointer))
      );
    }
    default:
      return true;
  }
}

/** Types within expressions are nodes as well. */
function isType(n: Node): boolean {
  return "tv" in n && tvOf(n)?.mode === Mode.TypeExpr;
}
