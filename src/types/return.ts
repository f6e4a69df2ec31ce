// Terminating statements: whether control can reach the end of a function.
import { type CaseClause, Kind, type Stmt, Token, unparen } from "#syntax";
import type { Checker } from "./checker.ts";

export function isTerminating(c: Checker, s: Stmt, label: string): boolean {
  switch (s.kind) {
    case Kind.LabeledStmt:
      return isTerminating(c, s.stmt, s.label.value);
    case Kind.ExprStmt: {
      const call = unparen(s.x);
      return call.kind === Kind.CallExpr && c.env.isPanic !== null && c.env.isPanic.has(call);
    }
    case Kind.ReturnStmt:
      return true;
    case Kind.BranchStmt:
      return s.tok === Token.Goto || s.tok === Token.Fallthrough;
    case Kind.BlockStmt:
      return isTerminatingList(c, s.list, "");
    case Kind.IfStmt:
      return s.elseStmt !== null && isTerminating(c, s.thenBlock, "") && isTerminating(c, s.elseStmt, "");
    case Kind.SwitchStmt: {
      let hasDefault = false;
      for (const cc of s.body) {
        if (cc.cases === null) hasDefault = true;
        if (!isTerminatingList(c, cc.body, "") || hasBreakList(cc.body, label, true)) return false;
      }
      return hasDefault;
    }
    case Kind.SelectStmt:
      for (const cc of s.body) {
        if (!isTerminatingList(c, cc.body, "") || hasBreakList(cc.body, label, true)) return false;
      }
      return true;
    case Kind.ForStmt:
      if (s.init !== null && s.init.kind === Kind.RangeClause) return false;
      return s.cond === null && !hasBreak(s.body, label, true);
    default:
      return false;
  }
}

function isTerminatingList(c: Checker, list: readonly Stmt[], label: string): boolean {
  for (let i = list.length - 1; i >= 0; i--) {
    if (list[i]!.kind !== Kind.EmptyStmt) return isTerminating(c, list[i]!, label);
  }
  return false;
}

/** Whether s contains a break that leaves the statement with this label, or with implicit the innermost one around s. */
function hasBreak(s: Stmt, label: string, implicit: boolean): boolean {
  switch (s.kind) {
    case Kind.LabeledStmt:
      return hasBreak(s.stmt, label, implicit);
    case Kind.BranchStmt:
      if (s.tok !== Token.Break) return false;
      return s.label === null ? implicit : s.label.value === label;
    case Kind.BlockStmt:
      return hasBreakList(s.list, label, implicit);
    case Kind.IfStmt:
      return hasBreak(s.thenBlock, label, implicit) || (s.elseStmt !== null && hasBreak(s.elseStmt, label, implicit));
    case Kind.SwitchStmt:
      return label !== "" && hasBreakClauses(s.body, label);
    case Kind.SelectStmt:
      return label !== "" && hasBreakClauses(s.body, label);
    case Kind.ForStmt:
      return label !== "" && hasBreak(s.body, label, false);
    default:
      return false;
  }
}

function hasBreakList(list: readonly Stmt[], label: string, implicit: boolean): boolean {
  for (const s of list) if (hasBreak(s, label, implicit)) return true;
  return false;
}

function hasBreakClauses(list: readonly { body: CaseClause["body"] }[], label: string): boolean {
  for (const cc of list) if (hasBreakList(cc.body, label, false)) return true;
  return false;
}
