// Trees back to Go text: in full, so that it parses to the same tree again, and in the short one-line form that messages
// use. cmd/compile/internal/syntax/printer.go.
import {
  type CaseClause,
  type CommClause,
  type Decl,
  type Expr,
  type Field,
  type FuncType,
  type Group,
  Kind,
  type Name,
  type Node,
  type Stmt,
} from "./nodes.ts";
import { isTypeElem } from "./expressions.ts";
import { ChanDir, Operator, operatorString, Token, tokenString } from "./tokens.ts";

/** n in one line as messages show it: bodies and composite literals as "…". */
export function nodeString(n: Node): string {
  const p = new Printer(true);
  p.node(n);
  return p.out;
}

/** n as Go source with line breaks and tabs. A file or declaration printed so parses to an equal tree. */
export function printSource(n: Node): string {
  const p = new Printer(false);
  p.node(n);
  if (n.kind === Kind.File) p.out += "\n";
  return p.out;
}

class Printer {
  out = "";
  private indent = 0;
  /** In the header of a control statement, outside all brackets. */
  private inHeader = false;

  constructor(private readonly short: boolean) {}

  private newline(): void {
    this.out += `\n${"\t".repeat(this.indent)}`;
  }

  /** Between elements of a body: a line break, or in the short form what separates them. */
  private separate(text: string): void {
    if (this.short) this.out += text;
    else this.newline();
  }

  private list(nodes: readonly Node[]): void {
    for (let i = 0; i < nodes.length; i++) {
      if (i > 0) this.out += ", ";
      this.node(nodes[i]!);
    }
  }

  /** What stands in brackets: composite literals need no parentheses there. */
  private bracketed(open: string, print: () => void, close: string): void {
    const header = this.inHeader;
    this.inHeader = false;
    this.out += open;
    print();
    this.out += close;
    this.inHeader = header;
  }

  private header(print: () => void): void {
    const header = this.inHeader;
    this.inHeader = !this.short;
    print();
    this.inHeader = header;
  }

  node(n: Node): void {
    switch (n.kind) {
      case Kind.BadExpr:
        this.out += "<bad expr>";
        return;
      case Kind.Name:
      case Kind.BasicLit:
        this.out += n.value;
        return;
      case Kind.FuncLit:
        this.node(n.type);
        this.out += " ";
        if (this.short) this.out += n.body.list.length > 0 ? "{…}" : "{}";
        else this.bracketed("", () => this.node(n.body), "");
        return;
      case Kind.CompositeLit: {
        const t = n.type?.kind;
        const parens =
          this.inHeader && (t === Kind.Name || t === Kind.SelectorExpr || t === Kind.IndexExpr || t === undefined);
        if (parens) this.out += "(";
        if (n.type !== null) this.node(n.type);
        this.bracketed(
          "{",
          () => {
            if (!this.short) this.list(n.elemList);
            else if (n.elemList.length > 0) this.out += "…";
          },
          "}",
        );
        if (parens) this.out += ")";
        return;
      }
      case Kind.ParenExpr:
        this.bracketed("(", () => this.node(n.x), ")");
        return;
      case Kind.SelectorExpr:
        this.node(n.x);
        this.out += ".";
        this.node(n.sel);
        return;
      case Kind.IndexExpr:
        this.node(n.x);
        this.bracketed("[", () => this.node(n.index), "]");
        return;
      case Kind.SliceExpr:
        this.node(n.x);
        this.bracketed(
          "[",
          () => {
            if (n.lo !== null) this.node(n.lo);
            this.out += ":";
            if (n.hi !== null) this.node(n.hi);
            if (n.max !== null) {
              this.out += ":";
              this.node(n.max);
            }
          },
          "]",
        );
        return;
      case Kind.AssertExpr:
        this.node(n.x);
        this.bracketed(".(", () => this.node(n.type), ")");
        return;
      case Kind.TypeSwitchGuard:
        if (n.lhs !== null) {
          this.node(n.lhs);
          this.out += " := ";
        }
        this.node(n.x);
        this.out += ".(type)";
        return;
      case Kind.CallExpr:
        this.node(n.fun);
        this.bracketed(
          "(",
          () => {
            this.list(n.argList);
            if (n.hasDots) this.out += this.short ? "..." : " ..."; // "1..." would be a number
          },
          ")",
        );
        return;
      case Kind.Operation:
        if (n.y === null) {
          this.out += operatorString(n.op);
          // "& &x" and "- -x" must not run together.
          if (!this.short && n.x.kind === Kind.Operation && n.x.y === null) this.out += " ";
          this.node(n.x);
        } else {
          this.node(n.x);
          this.out += ` ${operatorString(n.op)} `;
          this.node(n.y);
        }
        return;
      case Kind.KeyValueExpr:
        this.node(n.key);
        this.out += ": ";
        this.node(n.value);
        return;
      case Kind.ListExpr:
        this.list(n.elemList);
        return;
      case Kind.ArrayType:
        this.bracketed(
          "[",
          () => {
            if (n.len === null) this.out += "...";
            else this.node(n.len);
          },
          "]",
        );
        this.node(n.elem);
        return;
      case Kind.SliceType:
        this.out += "[]";
        this.node(n.elem);
        return;
      case Kind.DotsType:
        this.out += "...";
        this.node(n.elem);
        return;
      case Kind.StructType:
        this.structType(n.fieldList, n.tagList);
        return;
      case Kind.FuncType:
        this.out += "func";
        this.signature(n);
        return;
      case Kind.InterfaceType:
        this.interfaceType(n.methodList);
        return;
      case Kind.MapType:
        this.bracketed("map[", () => this.node(n.key), "]");
        this.node(n.value);
        return;
      case Kind.ChanType:
        this.out += n.dir === ChanDir.RecvOnly ? "<-chan " : n.dir === ChanDir.SendOnly ? "chan<- " : "chan ";
        // "chan <-chan T" would be read as (chan<- chan T).
        if (n.dir === ChanDir.Both && n.elem.kind === Kind.ChanType && n.elem.dir === ChanDir.RecvOnly)
          this.bracketed("(", () => this.node(n.elem), ")");
        else this.node(n.elem);
        return;
      case Kind.Field:
        if (n.name !== null) {
          this.node(n.name);
          this.out += " ";
        }
        this.node(n.type);
        return;
      case Kind.File:
        this.out += "package ";
        this.node(n.pkgName);
        this.declGroups(n.declList, true, () => {
          this.newline();
          this.newline();
        });
        return;
      case Kind.ImportDecl:
      case Kind.ConstDecl:
      case Kind.TypeDecl:
      case Kind.VarDecl:
      case Kind.FuncDecl:
        this.decl(n, n.kind === Kind.FuncDecl ? null : n.group);
        return;
      case Kind.CaseClause:
      case Kind.CommClause:
        this.clause(n);
        return;
      default:
        this.stmt(n);
    }
  }

  private stmt(n: Stmt): void {
    switch (n.kind) {
      case Kind.DeclStmt:
        if (n.declList.length === 0) this.out += "var ()";
        else this.declGroups(n.declList, false, () => this.newline());
        return;
      case Kind.EmptyStmt:
        if (!this.short) this.out += ";";
        return;
      case Kind.LabeledStmt:
        this.node(n.label);
        this.out += ":";
        this.separate(" ");
        this.node(n.stmt);
        return;
      case Kind.ExprStmt:
        this.node(n.x);
        return;
      case Kind.SendStmt:
        this.node(n.chan);
        this.out += " <- ";
        this.node(n.value);
        return;
      case Kind.AssignStmt:
        this.node(n.lhs);
        if (n.rhs === null) this.out += operatorString(n.op).repeat(2);
        else {
          this.out += ` ${operatorString(n.op)}= `;
          this.node(n.rhs);
        }
        return;
      case Kind.CallStmt:
        this.out += `${tokenString(n.tok)} `;
        this.node(n.call);
        return;
      case Kind.ReturnStmt:
        this.out += "return";
        if (n.results !== null) {
          this.out += " ";
          this.node(n.results);
        }
        return;
      case Kind.BranchStmt:
        this.out += tokenString(n.tok);
        if (n.label !== null) this.out += ` ${n.label.value}`;
        return;
      case Kind.BlockStmt: {
        const header = this.inHeader;
        this.inHeader = false;
        this.out += "{";
        this.body(n.list);
        if (n.list.length > 0) this.separate("");
        this.out += "}";
        this.inHeader = header;
        return;
      }
      case Kind.IfStmt:
        this.out += "if ";
        this.header(() => {
          if (n.init !== null) {
            this.node(n.init);
            this.out += "; ";
          }
          this.node(n.cond);
        });
        this.out += " ";
        this.node(n.thenBlock);
        if (n.elseStmt !== null) {
          this.out += " else ";
          this.node(n.elseStmt);
        }
        return;
      case Kind.SwitchStmt:
        this.out += "switch ";
        this.header(() => {
          if (n.init !== null) {
            this.node(n.init);
            this.out += "; ";
          }
          if (n.tag !== null) {
            this.node(n.tag);
            this.out += " ";
          }
        });
        this.clauses(n.body);
        return;
      case Kind.SelectStmt:
        this.out += "select ";
        this.clauses(n.body);
        return;
      case Kind.RangeClause:
        if (n.lhs !== null) {
          this.node(n.lhs);
          this.out += n.def ? " := " : " = ";
        }
        this.out += "range ";
        this.node(n.x);
        return;
      case Kind.ForStmt:
        this.out += "for ";
        this.header(() => {
          if (n.init === null && n.post === null) {
            if (n.cond !== null) this.node(n.cond);
          } else {
            if (n.init !== null) this.node(n.init);
            if (n.init?.kind === Kind.RangeClause) return;
            this.out += "; ";
            if (n.cond !== null) this.node(n.cond);
            this.out += "; ";
            if (n.post !== null) this.node(n.post);
          }
        });
        this.out += " ";
        this.node(n.body);
        return;
    }
  }

  private body(list: Stmt[]): void {
    this.indent++;
    for (let i = 0; i < list.length; i++) {
      this.separate(i > 0 ? "; " : "");
      this.node(list[i]!);
    }
    this.indent--;
  }

  private clauses(list: readonly (CaseClause | CommClause)[]): void {
    this.out += "{";
    for (const c of list) {
      this.separate(" ");
      this.clause(c);
    }
    if (list.length > 0) this.separate(" ");
    this.out += "}";
  }

  private clause(c: CaseClause | CommClause): void {
    const what = c.kind === Kind.CaseClause ? c.cases : c.comm;
    if (what !== null) {
      this.out += "case ";
      this.bracketed("", () => this.node(what), "");
    } else this.out += "default";
    this.out += ":";
    this.body(c.body);
  }

  /** Declarations of a list, those of one group together; before() prints what separates them (and leads them, if so). */
  private declGroups(list: readonly Decl[], leading: boolean, before: () => void): void {
    for (let i = 0; i < list.length; ) {
      const d = list[i]!;
      const group = d.kind === Kind.FuncDecl ? null : d.group;
      let end = i + 1;
      if (group !== null) {
        while (end < list.length && (list[end] as { group?: Group | null }).group === group) end++;
      }
      if (i > 0 || leading) before();
      if (group === null) this.decl(d, null);
      else {
        this.out += `${declKeyword(d)} (`;
        this.indent++;
        for (let k = i; k < end; k++) {
          this.separate(k > i ? "; " : "");
          this.decl(list[k]!, group);
        }
        this.indent--;
        this.separate("");
        this.out += ")";
      }
      i = end;
    }
  }

  private decl(d: Decl, group: Group | null): void {
    if (d.kind === Kind.FuncDecl) {
      this.out += "func ";
      if (d.recv !== null) {
        this.out += "(";
        this.node(d.recv);
        this.out += ") ";
      }
      this.node(d.name);
      if (d.tparamList.length > 0) this.parameters(d.tparamList, "[", "]");
      this.signature(d.type);
      if (d.body !== null) {
        this.out += " ";
        if (this.short) this.out += d.body.list.length > 0 ? "{…}" : "{}";
        else this.node(d.body);
      }
      return;
    }
    if (group === null) this.out += `${declKeyword(d)} `;
    switch (d.kind) {
      case Kind.ImportDecl:
        if (d.localPkgName !== null) this.out += `${d.localPkgName.value} `;
        if (d.path !== null) this.node(d.path);
        return;
      case Kind.TypeDecl:
        this.node(d.name);
        if (d.tparamList.length > 0) this.typeParameters(d.tparamList);
        this.out += d.alias ? " = " : " ";
        this.node(d.type);
        return;
      default:
        this.list(d.nameList);
        if (d.type !== null) {
          this.out += " ";
          this.node(d.type);
        }
        if (d.values !== null) {
          this.out += " = ";
          this.node(d.values);
        }
    }
  }

  private structType(fields: readonly Field[], tags: readonly (Node | null)[]): void {
    if (fields.length === 0) {
      this.out += "struct{}";
      return;
    }
    this.out += this.short ? "struct{" : "struct {";
    this.indent++;
    for (let i = 0; i < fields.length; ) {
      const f = fields[i]!;
      let end = i + 1;
      // Names declared together share the type node.
      if (f.name !== null)
        while (end < fields.length && fields[end]!.name !== null && fields[end]!.type === f.type) end++;
      this.separate(i > 0 ? "; " : "");
      for (let k = i; k < end; k++) {
        const name: Name | null = fields[k]!.name;
        if (name !== null) this.out += k + 1 < end ? `${name.value}, ` : `${name.value} `;
      }
      this.node(f.type);
      const tag = tags[i];
      if (tag !== undefined && tag !== null) {
        this.out += " ";
        this.node(tag);
      }
      i = end;
    }
    this.indent--;
    this.separate("");
    this.out += "}";
  }

  private interfaceType(methods: readonly Field[]): void {
    this.out += "interface{";
    this.indent++;
    for (let i = 0; i < methods.length; i++) {
      this.separate(i > 0 ? "; " : "");
      const m = methods[i]!;
      if (m.name !== null && m.type.kind === Kind.FuncType) {
        this.node(m.name);
        this.signature(m.type);
      } else this.node(m.type);
    }
    this.indent--;
    if (methods.length > 0) this.separate("");
    this.out += "}";
  }

  private signature(t: FuncType): void {
    this.parameters(t.paramList, "(", ")");
    const results = t.resultList;
    if (results.length === 0) return;
    this.out += " ";
    if (results.length === 1 && results[0]!.name === null) this.node(results[0]!.type);
    else this.parameters(results, "(", ")");
  }

  private parameters(list: readonly Field[], open: string, close: string): void {
    this.bracketed(open, () => this.parameterList(list), close);
  }

  /** Of a type declaration: [P *C] would be an array length, so a comma follows where name and constraint combine. */
  private typeParameters(list: readonly Field[]): void {
    this.bracketed(
      "[",
      () => {
        this.parameterList(list);
        if (list.length === 1 && combinesWithName(list[0]!.type)) this.out += ",";
      },
      "]",
    );
  }

  private parameterList(list: readonly Field[]): void {
    for (let i = 0; i < list.length; i++) {
      const f = list[i]!;
      if (i > 0) this.out += ", ";
      if (f.name !== null) {
        this.node(f.name);
        const next = list[i + 1];
        if (next !== undefined && next.name !== null && next.type === f.type) continue;
        this.out += " ";
      }
      this.node(f.type);
    }
  }
}

function declKeyword(d: Decl): string {
  switch (d.kind) {
    case Kind.ImportDecl:
      return tokenString(Token.Import);
    case Kind.ConstDecl:
      return tokenString(Token.Const);
    case Kind.TypeDecl:
      return tokenString(Token.Type);
    case Kind.VarDecl:
      return tokenString(Token.Var);
    case Kind.FuncDecl:
      return tokenString(Token.Func);
  }
}

/** Whether a name followed by the constraint x reads as one expression. */
function combinesWithName(x: Expr): boolean {
  switch (x.kind) {
    case Kind.Operation:
      if (x.y === null) return x.op === Operator.Mul && !isTypeElem(x.x);
      return combinesWithName(x.x) && !isTypeElem(x.y);
    case Kind.ParenExpr:
      return !isTypeElem(x.x);
  }
  return false;
}
