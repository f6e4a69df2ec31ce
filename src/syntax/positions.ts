// Where a node starts and ends in the source; its own pos may be in the middle. Scopes are computed from these.
// cmd/compile/internal/syntax/positions.go.
import type { Pos } from "#base";
import { type Expr, type Field, Kind, type Node } from "./nodes.ts";

/** Position of the first token of n, with gc's exceptions (a slice expression starts at its bracket). */
export function startPos(n: Node): Pos {
  for (;;) {
    switch (n.kind) {
      case Kind.File:
        return n.source.pos(0);
      case Kind.CompositeLit:
        if (n.type === null) return n.pos;
        n = n.type;
        break;
      case Kind.KeyValueExpr:
        n = n.key;
        break;
      case Kind.SelectorExpr:
      case Kind.IndexExpr:
      case Kind.AssertExpr:
        n = n.x;
        break;
      case Kind.TypeSwitchGuard:
        n = n.lhs ?? n.x;
        break;
      case Kind.Operation:
        if (n.y === null) return n.pos;
        n = n.x;
        break;
      case Kind.CallExpr:
        n = n.fun;
        break;
      case Kind.ListExpr:
        if (n.elemList.length === 0) return n.pos;
        n = n.elemList[0]!;
        break;
      case Kind.SendStmt:
        n = n.chan;
        break;
      case Kind.AssignStmt:
        n = n.lhs;
        break;
      case Kind.RangeClause:
        n = n.lhs ?? n.x;
        break;
      default:
        return n.pos;
    }
  }
}

/** Number of UTF-8 bytes of s. */
function byteLength(s: string): number {
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    n += c < 0x80 ? 1 : c < 0x800 ? 2 : c >= 0xd800 && c < 0xe000 ? 2 : 3;
  }
  return n;
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}

/** About the end of n: behind names and literals, at closing braces, else the end of the last part. */
export function endPos(n: Node): Pos {
  for (;;) {
    let m: Node | null | undefined;
    switch (n.kind) {
      case Kind.File:
        return n.eof;
      case Kind.ImportDecl:
        m = n.path;
        break;
      case Kind.ConstDecl:
      case Kind.VarDecl:
        m = n.values ?? n.type ?? last(n.nameList);
        break;
      case Kind.TypeDecl:
        m = n.type;
        break;
      case Kind.FuncDecl:
        m = n.body ?? n.type;
        break;
      case Kind.Name:
      case Kind.BasicLit:
        return n.pos + byteLength(n.value);
      case Kind.CompositeLit:
      case Kind.BlockStmt:
      case Kind.SwitchStmt:
      case Kind.SelectStmt:
        return n.rbrace;
      case Kind.KeyValueExpr:
      case Kind.MapType:
      case Kind.SendStmt:
        m = n.value;
        break;
      case Kind.FuncLit:
      case Kind.ForStmt:
        m = n.body;
        break;
      case Kind.ParenExpr:
      case Kind.TypeSwitchGuard:
      case Kind.ExprStmt:
      case Kind.RangeClause:
        m = n.x;
        break;
      case Kind.SelectorExpr:
        m = n.sel;
        break;
      case Kind.IndexExpr:
        m = n.index;
        break;
      case Kind.SliceExpr: // gc takes no account of the indices
        m = n.x;
        break;
      case Kind.AssertExpr:
        m = n.type;
        break;
      case Kind.Operation:
        m = n.y ?? n.x;
        break;
      case Kind.CallExpr:
        m = last<Expr>(n.argList) ?? n.fun;
        break;
      case Kind.ListExpr:
        m = last(n.elemList);
        break;
      case Kind.ArrayType:
      case Kind.SliceType:
      case Kind.DotsType:
      case Kind.ChanType:
        m = n.elem;
        break;
      case Kind.StructType:
        m = last<Field>(n.fieldList);
        break;
      case Kind.Field:
        m = n.type;
        break;
      case Kind.InterfaceType:
        m = last<Field>(n.methodList);
        break;
      case Kind.FuncType:
        m = last(n.resultList) ?? last(n.paramList);
        break;
      case Kind.LabeledStmt:
        m = n.stmt;
        break;
      case Kind.DeclStmt:
        m = last(n.declList);
        break;
      case Kind.AssignStmt:
        if (n.rhs === null) return endPos(n.lhs) + 2;
        m = n.rhs;
        break;
      case Kind.BranchStmt:
        m = n.label;
        break;
      case Kind.CallStmt:
        m = n.call;
        break;
      case Kind.ReturnStmt:
        m = n.results;
        break;
      case Kind.IfStmt:
        m = n.elseStmt ?? n.thenBlock;
        break;
      case Kind.CaseClause:
      case Kind.CommClause:
        m = last(n.body);
        if (m === undefined) return n.colon;
        break;
      default:
        return n.pos;
    }
    if (m === null || m === undefined) return n.pos;
    n = m;
  }
}
