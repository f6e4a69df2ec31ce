// Files and declarations, and the entry points of the parser. cmd/compile/internal/syntax/parser.go.
import type { Diagnostics, PosTable, SourceFile } from "#base";
import { isStringLit, isTypeElem } from "./expressions.ts";
import {
  type BlockStmt,
  type ConstDecl,
  newConstDecl,
  type Decl,
  type Expr,
  type Field,
  File,
  type FuncDecl,
  newFuncDecl,
  type FuncType,
  newFuncType,
  Group,
  type ImportDecl,
  newImportDecl,
  Kind,
  type Name,
  newName,
  newOperation,
  type TypeDecl,
  newTypeDecl,
  unparen,
  type VarDecl,
  newVarDecl,
} from "./nodes.ts";
import { withSentinel } from "./scanner.ts";
import { StatementParser } from "./statements.ts";
import { Operator, Token } from "./tokens.ts";

/** How much of a file parseFile looks at. */
export const enum ParseMode {
  /** Everything. */
  Full,
  /** Bodies of function declarations are skipped; parseBody parses one when it is wanted. */
  Outline,
  /** The package clause and the imports only. */
  Imports,
}

/** What parsing depends on besides the text. */
export interface ParseOptions {
  readonly mode: ParseMode;
  /** Directives of the standard library are allowed (compile -std). */
  readonly std?: boolean;
  /** Directives of the runtime are allowed (compile -+). */
  readonly compilingRuntime?: boolean;
}

class Parser extends StatementParser {
  private outline = false;

  constructor(source: SourceFile, padded: Uint8Array, diagnostics: Diagnostics, options: ParseOptions) {
    super(source, padded, diagnostics, {
      std: options.std === true,
      compilingRuntime: options.compilingRuntime === true,
    });
    this.outline = options.mode === ParseMode.Outline;
  }

  fileOrNull(imports: boolean): File | null {
    const pos = this.pos;
    this.top = false;
    if (!this.got(Token.Package)) {
      this.syntaxError("package statement must be first");
      return null;
    }
    const pragma = this.takePragma();
    const f = new File(pos, this.source, this.src, this.name());
    f.pragma = pragma;
    f.goVersion = this.goVersion;
    f.buildLine = this.buildLine;
    this.want(Token.Semi);
    // A file that is wrong up to here is probably no Go file.
    if (this.errorCount > 0) return null;
    this.topLevel(f, imports);
    if (!imports) this.clearPragma();
    f.eof = this.pos;
    f.linknames = this.linknames;
    f.cgoPragmas = this.cgoPragmas;
    return f;
  }

  private topLevel(f: File, imports: boolean): void {
    const from = this.beginList();
    this.topLevelDecls(from, imports);
    f.declList = this.takeList(from);
  }

  private topLevelDecls(from: number, imports: boolean): void {
    let previous: Token = Token.Import;
    while (this.tok !== Token.EOF) {
      if (imports && this.tok !== Token.Import) return;
      if (this.tok === Token.Import && previous !== Token.Import)
        this.syntaxError("imports must appear before other declarations");
      previous = this.tok;
      switch (this.tok) {
        case Token.Import:
        case Token.Const:
        case Token.Type:
        case Token.Var:
          this.declarations();
          break;
        case Token.Func:
          this.next();
          this.push(this.funcDecl());
          break;
        default: {
          const last = this.lastOfList(from) as Decl | undefined;
          if (this.tok === Token.Lbrace && last?.kind === Kind.FuncDecl && last.bodyStart < 0)
            this.syntaxError("unexpected semicolon or newline before {");
          else this.syntaxError("non-declaration statement outside function body");
          this.advance(Token.Import, Token.Const, Token.Type, Token.Var, Token.Func);
          continue;
        }
      }
      // Before the semicolon is consumed: what follows it may carry directives for the next declaration.
      this.clearPragma();
      if ((this.tok as Token) !== Token.EOF && !this.got(Token.Semi)) {
        this.syntaxError("after top level declaration");
        this.advance(Token.Import, Token.Const, Token.Type, Token.Var, Token.Func);
      }
    }
  }

  override declarations(): void {
    const keyword = this.tok;
    this.next();
    if (this.tok !== Token.Lparen) {
      this.push(this.declaration(keyword, null, 0));
      return;
    }
    const group = new Group(this.pos);
    this.clearPragma();
    this.next(); // only now: directives after the parenthesis belong to the first of the group
    for (let i = 0; (this.tok as Token) !== Token.EOF && (this.tok as Token) !== Token.Rparen; i++) {
      this.push(this.declaration(keyword, group, i));
      if (!this.afterElement("grouped declaration", Token.Semi, Token.Rparen)) return;
    }
    this.want(Token.Rparen);
  }

  private declaration(keyword: Token, group: Group | null, index: number): Decl {
    switch (keyword) {
      case Token.Import:
        return this.importDecl(group);
      case Token.Const:
        return this.constDecl(group, index);
      case Token.Type:
        return this.typeDecl(group);
      default:
        return this.varDecl(group);
    }
  }

  private importDecl(group: Group | null): ImportDecl {
    const d = newImportDecl(this.pos, group, this.takePragma(), null, null);
    if (this.tok === Token.Name) d.localPkgName = this.name();
    else if (this.tok === Token.Dot) {
      d.localPkgName = newName(this.pos, ".");
      this.next();
    }
    d.path = this.literalOrNull();
    if (d.path === null) {
      this.syntaxError("missing import path");
      this.advance(Token.Semi, Token.Rparen);
    } else if (!d.path.bad && !isStringLit(d.path)) {
      this.syntaxErrorAt(d.path.pos, "import path must be a string");
      d.path.bad = true;
    }
    return d;
  }

  private constDecl(group: Group | null, index: number): ConstDecl {
    const pos = this.pos;
    const pragma = this.takePragma();
    const d = newConstDecl(pos, group, index, pragma, this.nameList(this.name()), null, null);
    if (this.tok !== Token.EOF && this.tok !== Token.Semi && this.tok !== Token.Rparen) {
      d.type = this.typeOrNull();
      if (this.gotAssign()) d.values = this.exprList();
    }
    return d;
  }

  private typeDecl(group: Group | null): TypeDecl {
    const pos = this.pos;
    const pragma = this.takePragma();
    const name = this.name();
    const d = newTypeDecl(pos, group, pragma, name, [], false, noType);
    let type: Expr | null;
    if (this.tok === Token.Lbrack) {
      const lbrack = this.pos;
      this.next();
      if ((this.tok as Token) === Token.Name) type = this.arrayOrGeneric(d, lbrack);
      else if (this.got(Token.Rbrack)) type = this.sliceType(lbrack);
      else type = this.arrayType(lbrack, null);
    } else {
      d.alias = this.gotAssign();
      type = this.typeOrNull();
    }
    if (type === null) {
      type = this.badExpr();
      this.syntaxError("in type declaration");
      this.advance(Token.Semi, Token.Rparen);
    }
    d.type = type;
    return d;
  }

  /**
   * After `type T [` at a name: an array type [N]E or type parameters [P C]. What starts with the name is read as an
   * expression, which is then split into name and constraint if it can be: "P *C" reads as a product, "P (C)" as a call.
   * A single name before `]` is a length; a name before `[` starts a parameter, as no length is indexed.
   */
  private arrayOrGeneric(d: TypeDecl, lbrack: number): Expr | null {
    let x: Expr = this.name();
    if (this.tok !== Token.Lbrack) {
      this.xnest++;
      x = this.binaryExpr(this.pexpr(x, false), 0);
      this.xnest--;
    }
    const split = splitParameter(x, this.tok === Token.Comma);
    if (split === null || (split.type === null && this.tok === Token.Rbrack)) return this.arrayType(lbrack, x);
    d.tparamList = this.paramList(split.name, split.type, Token.Rbrack, true, false);
    d.alias = this.gotAssign();
    return this.typeOrNull();
  }

  private varDecl(group: Group | null): VarDecl {
    const pos = this.pos;
    const pragma = this.takePragma();
    const d = newVarDecl(pos, group, pragma, this.nameList(this.name()), null, null);
    if (this.gotAssign()) d.values = this.exprList();
    else {
      d.type = this.type();
      if (this.gotAssign()) d.values = this.exprList();
    }
    return d;
  }

  /** After `func`. */
  private funcDecl(): FuncDecl {
    const pos = this.pos;
    const pragma = this.takePragma();
    let recv: Field | null = null;
    let context = "";
    if (this.got(Token.Lparen)) {
      context = "method";
      const list = this.paramList(null, null, Token.Rparen, false, false);
      if (list.length === 0) this.error(this.pos, "method has no receiver");
      else {
        if (list.length > 1) this.error(this.pos, "method has multiple receivers");
        recv = list[0]!;
      }
    }
    let name: Name;
    let type: FuncType;
    const tparams: Field[] = [];
    if (this.tok === Token.Name) {
      name = this.name();
      type = this.funcType(context, tparams);
    } else {
      name = newName(this.pos, "_");
      type = newFuncType(this.pos, [], []);
      this.syntaxError(context === "" ? "expected name or (" : "expected name");
      this.advance(Token.Lbrace, Token.Semi);
    }
    const d = newFuncDecl(pos, pragma, recv, name, tparams, type, null, -1, -1);
    if (this.tok === Token.Lbrace) {
      d.bodyStart = this.start;
      if (this.outline) {
        d.bodyEnd = this.skipBlock();
        if (d.bodyEnd < 0) this.syntaxError("expected }");
      } else {
        d.body = this.funcBody();
        d.bodyEnd = this.source.offset(d.body.rbrace);
      }
    }
    return d;
  }

  /** The body that starts at a byte offset. */
  bodyAt(offset: number): BlockStmt {
    this.ignoreLineDirectives = true;
    this.top = false;
    this.outline = false;
    this.seek(offset);
    return this.funcBody();
  }
}

/** Stands for a type until it is parsed. */
const noType: Expr = newName(0, "_");

/**
 * Splits x into a parameter name and its constraint where x can be written as "name constraint": if the constraint can
 * only be a type, or else if force. A lone name has no constraint yet.
 */
function splitParameter(x: Expr, force: boolean): { name: Name; type: Expr | null } | null {
  switch (x.kind) {
    case Kind.Name:
      return { name: x, type: null };
    case Kind.Operation:
      if (x.y === null) return null;
      if (x.op === Operator.Mul) {
        if (x.x.kind === Kind.Name && (force || isTypeElem(x.y)))
          return { name: x.x, type: newOperation(x.pos, Operator.Mul, x.y, null) };
      } else if (x.op === Operator.Or) {
        const left = splitParameter(x.x, force || isTypeElem(x.y));
        if (left !== null && left.type !== null)
          return { name: left.name, type: newOperation(x.pos, Operator.Or, left.type, x.y) };
      }
      return null;
    case Kind.CallExpr:
      if (x.fun.kind === Kind.Name && x.argList.length === 1 && !x.hasDots) {
        const arg = x.argList[0]!;
        if (force || isTypeElem(arg)) return { name: x.fun, type: unparen(arg) };
      }
      return null;
  }
  return null;
}

/** Runs parse; a text nested more deeply than the stack allows is the user's error, not a fault of ours. */
function guarded<T>(p: Parser, parse: () => T): T | null {
  try {
    return parse();
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    p.error(p.pos, "syntax error: nesting depth limit exceeded");
    return null;
  }
}

/**
 * Parses one file. Errors are reported to diagnostics, as gc words and places them; the tree of a file with errors is
 * partial, and null if it has no correct package clause.
 */
export function parseFile(
  name: string,
  bytes: Uint8Array,
  positions: PosTable,
  diagnostics: Diagnostics,
  options: ParseOptions | ParseMode = ParseMode.Full,
): File | null {
  const o = typeof options === "number" ? { mode: options } : options;
  const p = new Parser(positions.addFile(name, bytes.length), withSentinel(bytes), diagnostics, o);
  p.prescan();
  return guarded(p, () => {
    p.next();
    return p.fileOrNull(o.mode === ParseMode.Imports);
  });
}

/**
 * The body of a function: parsed now if the file was parsed in outline mode (and kept in decl.body), null if it has none.
 * Directives in the body are checked as in parseFile.
 */
export function parseBody(
  file: File,
  decl: FuncDecl,
  diagnostics: Diagnostics,
  options: Omit<ParseOptions, "mode"> = {},
): BlockStmt | null {
  if (decl.body !== null || decl.bodyStart < 0) return decl.body;
  const p = new Parser(file.source, file.padded, diagnostics, { ...options, mode: ParseMode.Full });
  decl.body = guarded(p, () => p.bodyAt(decl.bodyStart));
  for (const l of p.linknames) file.linknames.push(l);
  return decl.body;
}
