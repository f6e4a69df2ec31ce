// Invariants of trees without syntax errors, for tests and for whoever rewrites trees.
import { type File, isDecl, isExpr, isStmt, Kind, kindName, type Node } from "./nodes.ts";
import { Operator, operatorPrecedence } from "./tokens.ts";
import { children } from "./walk.ts";

/** What is wrong with the tree of a file; empty if nothing is. */
export function checkTree(file: File): string[] {
  const problems: string[] = [];
  const seen = new Set<Node>();
  const end = file.source.pos(file.source.size);
  const bad = (n: Node, what: string) => problems.push(`${kindName(n.kind)} at ${file.source.offset(n.pos)}: ${what}`);
  const visit = (n: Node, parent: Node | null) => {
    if (!(n.pos >= file.source.base && n.pos <= end)) bad(n, "position outside the file");
    // Fields declared together share their type and tag; nothing else is shared.
    if (seen.has(n)) {
      if (parent?.kind !== Kind.Field && parent?.kind !== Kind.StructType) bad(n, "occurs twice");
      return;
    }
    seen.add(n);
    switch (n.kind) {
      case Kind.BadExpr:
        bad(n, "left in a tree without errors");
        break;
      case Kind.Name:
        if (n.value === "") bad(n, "empty");
        break;
      case Kind.BasicLit:
        if (n.bad) bad(n, "malformed literal in a tree without errors");
        break;
      case Kind.CompositeLit: {
        let keys = 0;
        for (const e of n.elemList) if (e.kind === Kind.KeyValueExpr) keys++;
        if (keys !== n.nkeys) bad(n, `nkeys is ${n.nkeys}, not ${keys}`);
        if (n.rbrace < n.pos) bad(n, "ends before it starts");
        break;
      }
      case Kind.Operation:
        if (n.y !== null && operatorPrecedence(n.op) === 0) bad(n, "operator is not binary");
        if (n.op === Operator.None || n.op === Operator.Def) bad(n, "no operator");
        break;
      case Kind.ListExpr:
        if (n.elemList.length < 2) bad(n, "fewer than two elements");
        break;
      case Kind.StructType:
        if (n.tagList.length > n.fieldList.length) bad(n, "more tags than fields");
        break;
      case Kind.BlockStmt:
        if (n.rbrace < n.pos) bad(n, "ends before it starts");
        break;
      case Kind.DeclStmt:
        for (const d of n.declList)
          if (d.kind === Kind.FuncDecl || d.kind === Kind.ImportDecl) bad(d, "inside a function");
        break;
      case Kind.FuncDecl:
        if (n.body !== null && file.source.offset(n.body.pos) !== n.bodyStart) bad(n, "bodyStart is not the body's");
        break;
      case Kind.FuncType:
        for (const list of [n.paramList, n.resultList]) {
          const named = list.filter((f) => f.name !== null).length;
          if (named !== 0 && named !== list.length) bad(n, "some parameters have names");
        }
        break;
    }
    if (Number(isExpr(n)) + Number(isStmt(n)) + Number(isDecl(n)) > 1) bad(n, "of two classes");
    children(n, (c) => visit(c, n));
  };
  visit(file, null);
  return problems;
}
