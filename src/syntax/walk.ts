// Visiting trees.
import { Kind, type Node } from "./nodes.ts";

/** Calls visit for n and, as long as it returns true, for what is below, in source order (tags after all fields). */
export function walk(n: Node, visit: (n: Node) => boolean): void {
  if (visit(n)) children(n, (c) => walk(c, visit));
}

/** Calls f for each direct child of n, in source order. Bodies not parsed yet are not there. */
export function children(n: Node, f: (child: Node) => void): void {
  const opt = (c: Node | null) => {
    if (c !== null) f(c);
  };
  const all = (list: readonly (Node | null)[]) => {
    for (let i = 0; i < list.length; i++) opt(list[i]!);
  };
  switch (n.kind) {
    case Kind.BadExpr:
    case Kind.Name:
    case Kind.BasicLit:
    case Kind.EmptyStmt:
      return;
    case Kind.File:
      f(n.pkgName);
      all(n.declList);
      return;
    case Kind.ImportDecl:
      opt(n.localPkgName);
      opt(n.path);
      return;
    case Kind.ConstDecl:
    case Kind.VarDecl:
      all(n.nameList);
      opt(n.type);
      opt(n.values);
      return;
    case Kind.TypeDecl:
      f(n.name);
      all(n.tparamList);
      f(n.type);
      return;
    case Kind.FuncDecl:
      opt(n.recv);
      f(n.name);
      all(n.tparamList);
      f(n.type);
      opt(n.body);
      return;
    case Kind.CompositeLit:
      opt(n.type);
      all(n.elemList);
      return;
    case Kind.KeyValueExpr:
    case Kind.MapType:
      f(n.key);
      f(n.value);
      return;
    case Kind.FuncLit:
      f(n.type);
      f(n.body);
      return;
    case Kind.ParenExpr:
    case Kind.ExprStmt:
      f(n.x);
      return;
    case Kind.SelectorExpr:
      f(n.x);
      f(n.sel);
      return;
    case Kind.IndexExpr:
      f(n.x);
      f(n.index);
      return;
    case Kind.SliceExpr:
      f(n.x);
      opt(n.lo);
      opt(n.hi);
      opt(n.max);
      return;
    case Kind.AssertExpr:
      f(n.x);
      f(n.type);
      return;
    case Kind.TypeSwitchGuard:
      opt(n.lhs);
      f(n.x);
      return;
    case Kind.Operation:
      f(n.x);
      opt(n.y);
      return;
    case Kind.CallExpr:
      f(n.fun);
      all(n.argList);
      return;
    case Kind.ListExpr:
      all(n.elemList);
      return;
    case Kind.ArrayType:
      opt(n.len);
      f(n.elem);
      return;
    case Kind.SliceType:
    case Kind.DotsType:
    case Kind.ChanType:
      f(n.elem);
      return;
    case Kind.StructType:
      all(n.fieldList);
      all(n.tagList);
      return;
    case Kind.Field:
      opt(n.name);
      f(n.type);
      return;
    case Kind.InterfaceType:
      all(n.methodList);
      return;
    case Kind.FuncType:
      all(n.paramList);
      all(n.resultList);
      return;
    case Kind.LabeledStmt:
      f(n.label);
      f(n.stmt);
      return;
    case Kind.BlockStmt:
      all(n.list);
      return;
    case Kind.SendStmt:
      f(n.chan);
      f(n.value);
      return;
    case Kind.DeclStmt:
      all(n.declList);
      return;
    case Kind.AssignStmt:
      f(n.lhs);
      opt(n.rhs);
      return;
    case Kind.BranchStmt:
      opt(n.label);
      return;
    case Kind.CallStmt:
      f(n.call);
      return;
    case Kind.ReturnStmt:
      opt(n.results);
      return;
    case Kind.IfStmt:
      opt(n.init);
      f(n.cond);
      f(n.thenBlock);
      opt(n.elseStmt);
      return;
    case Kind.ForStmt:
      opt(n.init);
      opt(n.cond);
      opt(n.post);
      f(n.body);
      return;
    case Kind.SwitchStmt:
      opt(n.init);
      opt(n.tag);
      all(n.body);
      return;
    case Kind.SelectStmt:
      all(n.body);
      return;
    case Kind.RangeClause:
      opt(n.lhs);
      f(n.x);
      return;
    case Kind.CaseClause:
      opt(n.cases);
      all(n.body);
      return;
    case Kind.CommClause:
      opt(n.comm);
      all(n.body);
      return;
  }
}
