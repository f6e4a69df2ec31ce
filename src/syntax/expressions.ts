// Expressions and types. Productions of cmd/compile/internal/syntax/parser.go: same language, same messages.
import type { Pos } from "#base";
import {
  type ArrayType,
  newArrayType,
  newAssertExpr,
  type BadExpr,
  newBadExpr,
  type BasicLit,
  newBasicLit,
  type BlockStmt,
  type CallExpr,
  newCallExpr,
  type ChanType,
  newChanType,
  type CompositeLit,
  newCompositeLit,
  newDotsType,
  type Expr,
  type Field,
  newField,
  newFuncLit,
  type FuncType,
  newFuncType,
  type IndexExpr,
  newIndexExpr,
  type InterfaceType,
  newInterfaceType,
  newKeyValueExpr,
  Kind,
  newListExpr,
  newMapType,
  type Name,
  newName,
  newOperation,
  newParenExpr,
  newSelectorExpr,
  newSliceExpr,
  type SliceType,
  newSliceType,
  type StructType,
  newStructType,
  newTypeSwitchGuard,
  unparen,
} from "./nodes.ts";
import { startPos } from "./positions.ts";
import { nodeString } from "./printer.ts";
import { Recovery } from "./recovery.ts";
import { ChanDir, LitKind, Operator, Prec, Token, tokenDescription } from "./tokens.ts";

export abstract class ExpressionParser extends Recovery {
  abstract funcBody(): BlockStmt;

  // Names and literals.

  name(): Name {
    if (this.tok === Token.Name) {
      const n = newName(this.pos, this.lit);
      this.next();
      return n;
    }
    const n = newName(this.pos, "_");
    this.syntaxError("expected name");
    this.advance();
    return n;
  }

  nameList(first: Name): Name[] {
    if (this.tok !== Token.Comma) return [first];
    const from = this.beginList();
    this.push(first);
    while (this.got(Token.Comma)) this.push(this.name());
    return this.takeList(from);
  }

  literalOrNull(): BasicLit | null {
    if (this.tok !== Token.Literal) return null;
    const b = newBasicLit(this.pos, this.literalText(), this.litKind, this.bad);
    this.next();
    return b;
  }

  badExpr(): BadExpr {
    return newBadExpr(this.pos);
  }

  /** TypeName with type arguments; a first name may have been read. */
  qualifiedName(name: Name | null): Expr {
    let x: Expr;
    if (name !== null) x = name;
    else if (this.tok === Token.Name) x = this.name();
    else {
      x = newName(this.pos, "_");
      this.syntaxError("expected name");
      this.advance(Token.Dot, Token.Semi, Token.Rbrace);
    }
    if (this.tok === Token.Dot) {
      const pos = this.pos;
      this.next();
      x = newSelectorExpr(pos, x, this.name());
    }
    if (this.tok === Token.Lbrack) x = this.typeInstance(x);
    return x;
  }

  // Expressions.

  exprList(): Expr {
    const x = this.expr();
    if (this.tok !== Token.Comma) return x;
    const from = this.beginList();
    this.push(x);
    while (this.got(Token.Comma)) this.push(this.expr());
    return newListExpr(x.pos, this.takeList(from));
  }

  expr(): Expr {
    return this.binaryExpr(this.unaryExpr(), Prec.None);
  }

  /** Goes on after the left operand x with operators that bind tighter than prec. */
  binaryExpr(x: Expr, prec: Prec): Expr {
    while ((this.tok === Token.Operator || this.tok === Token.Star) && this.prec > prec) {
      const pos = this.pos;
      const op = this.op;
      const opPrec = this.prec;
      this.next();
      x = newOperation(pos, op, x, this.binaryExpr(this.unaryExpr(), opPrec));
    }
    return x;
  }

  unaryExpr(): Expr {
    switch (this.tok) {
      case Token.Operator:
      case Token.Star:
        switch (this.op) {
          case Operator.Mul:
          case Operator.Add:
          case Operator.Sub:
          case Operator.Not:
          case Operator.Xor:
          case Operator.Tilde: {
            const pos = this.pos;
            const op = this.op;
            this.next();
            return newOperation(pos, op, this.unaryExpr(), null);
          }
          case Operator.And: {
            const pos = this.pos;
            this.next();
            // Around a composite literal the parentheses say nothing more.
            return newOperation(pos, Operator.And, unparen(this.unaryExpr()), null);
          }
        }
        break;
      case Token.Arrow: {
        const pos = this.pos;
        this.next();
        const x = this.unaryExpr();
        if (x.kind === Kind.ChanType) {
          this.receiveChan(x);
          return x;
        }
        return newOperation(pos, Operator.Recv, x, null);
      }
    }
    // Parentheses are kept: "(x) := 1" must be refused later.
    return this.pexpr(null, true);
  }

  /**
   * `<-` was read as a receive operator, but what follows is a channel type: the arrow belongs to it, and the arrows of
   * the types inside move inwards. `<-(chan E)` is `(<-chan E)`, `<-(chan<- chan E)` is `<-chan (<-chan E)`.
   */
  private receiveChan(x: ChanType): void {
    let dir: ChanDir = ChanDir.SendOnly;
    let t: Expr = x;
    while (dir === ChanDir.SendOnly) {
      if (t.kind !== Kind.ChanType) break;
      dir = t.dir;
      if (dir === ChanDir.RecvOnly) this.syntaxError("unexpected <-, expected chan");
      t.dir = ChanDir.RecvOnly;
      t = t.elem;
    }
    if (dir === ChanDir.SendOnly) this.syntaxError(`unexpected ${nodeString(t)}, expected chan`);
  }

  private operand(keepParens: boolean): Expr {
    switch (this.tok) {
      case Token.Name:
        return this.name();
      case Token.Literal:
        return this.literalOrNull()!;
      case Token.Lparen: {
        const pos = this.pos;
        this.next();
        this.xnest++;
        const x = this.expr();
        this.xnest--;
        this.want(Token.Rparen);
        // Before a brace too: the type of a composite literal must not have parentheses.
        return keepParens || (this.tok as Token) === Token.Lbrace ? newParenExpr(pos, x) : x;
      }
      case Token.Func: {
        const pos = this.pos;
        this.next();
        const type = this.funcType("function type", null);
        if ((this.tok as Token) !== Token.Lbrace) return type;
        this.xnest++;
        const lit = newFuncLit(pos, type, this.funcBody());
        this.xnest--;
        return lit;
      }
      case Token.Lbrack:
      case Token.Chan:
      case Token.Map:
      case Token.Struct:
      case Token.Interface:
        return this.type();
    }
    const x = this.badExpr();
    this.syntaxError("expected expression");
    this.advance(Token.Rparen, Token.Rbrack, Token.Rbrace);
    return x;
  }

  /** PrimaryExpr; its operand may have been read. */
  pexpr(x: Expr | null, keepParens: boolean): Expr {
    if (x === null) x = this.operand(keepParens);
    for (;;) {
      const pos = this.pos;
      switch (this.tok) {
        case Token.Dot:
          this.next();
          if ((this.tok as Token) === Token.Name) x = newSelectorExpr(pos, x, this.name());
          else if ((this.tok as Token) === Token.Lparen) {
            this.next();
            if (this.got(Token.Type)) x = newTypeSwitchGuard(pos, null, x);
            else x = newAssertExpr(pos, x, this.type());
            this.want(Token.Rparen);
          } else {
            this.syntaxError("expected name or (");
            this.advance(Token.Semi, Token.Rparen);
          }
          break;
        case Token.Lbrack:
          x = this.indexOrSlice(pos, x);
          break;
        case Token.Lparen:
          x = this.call(pos, x);
          break;
        case Token.Lbrace: {
          const t = unparen(x);
          if (!this.isLiteralType(t)) return x;
          if (t !== x) this.syntaxError("cannot parenthesize type in composite literal");
          const lit = this.compositeLit();
          lit.type = x;
          x = lit;
          break;
        }
        default:
          return x;
      }
    }
  }

  /** Whether `t {` starts a composite literal and not a block. */
  private isLiteralType(t: Expr): boolean {
    switch (t.kind) {
      case Kind.Name:
      case Kind.SelectorExpr:
        return this.xnest >= 0;
      case Kind.IndexExpr:
        return this.xnest >= 0 && !isValue(t);
      case Kind.ArrayType:
      case Kind.SliceType:
      case Kind.StructType:
      case Kind.MapType:
        return true;
    }
    return false;
  }

  private indexOrSlice(pos: Pos, x: Expr): Expr {
    this.next();
    let lo: Expr | null = null;
    if (this.tok !== Token.Colon) {
      let comma = false;
      if (this.tok === Token.Rbrack) {
        this.syntaxError("expected operand");
        lo = this.badExpr();
      } else {
        lo = this.typeList(false);
        comma = this.sawComma;
      }
      if (comma || this.tok === Token.Rbrack) {
        this.want(Token.Rbrack);
        return newIndexExpr(pos, x, lo);
      }
    }
    if (!this.got(Token.Colon)) {
      this.syntaxError("expected comma, : or ]");
      this.advance(Token.Comma, Token.Colon, Token.Rbrack);
    }
    this.xnest++;
    let hi: Expr | null = null;
    let max: Expr | null = null;
    let full = false;
    if ((this.tok as Token) !== Token.Colon && (this.tok as Token) !== Token.Rbrack) hi = this.expr();
    if ((this.tok as Token) === Token.Colon) {
      full = true;
      if (hi === null) {
        this.error(this.pos, "middle index required in 3-index slice");
        hi = this.badExpr();
      }
      this.next();
      if ((this.tok as number) !== Token.Rbrack) max = this.expr();
      else {
        this.error(this.pos, "final index required in 3-index slice");
        max = this.badExpr();
      }
    }
    this.xnest--;
    this.want(Token.Rbrack);
    return newSliceExpr(pos, x, lo, hi, max, full);
  }

  private call(pos: Pos, fun: Expr): CallExpr {
    this.next();
    this.xnest++;
    const from = this.beginList();
    let dots = false;
    let lost = false;
    while (this.tok !== Token.EOF && this.tok !== Token.Rparen && !dots) {
      this.push(this.expr());
      dots = this.got(Token.DotDotDot);
      if (!this.afterElement("argument list", Token.Comma, Token.Rparen)) {
        lost = true;
        break;
      }
    }
    if (!lost) this.want(Token.Rparen);
    this.xnest--;
    return newCallExpr(pos, fun, this.takeList(from), dots);
  }

  /** LiteralValue, its type still open. */
  private compositeLit(): CompositeLit {
    const pos = this.pos;
    const from = this.beginList();
    let keys = 0;
    let lost = false;
    this.xnest++;
    this.want(Token.Lbrace);
    while (this.tok !== Token.EOF && this.tok !== Token.Rbrace) {
      let e = this.literalElement();
      if ((this.tok as Token) === Token.Colon) {
        const colon = this.pos;
        this.next();
        e = newKeyValueExpr(colon, e, this.literalElement());
        keys++;
      }
      this.push(e);
      if (!this.afterElement("composite literal", Token.Comma, Token.Rbrace)) {
        lost = true;
        break;
      }
    }
    const rbrace = this.pos;
    if (!lost) this.want(Token.Rbrace);
    this.xnest--;
    return newCompositeLit(pos, this.takeList(from), keys, rbrace);
  }

  private literalElement(): Expr {
    return this.tok === Token.Lbrace ? this.compositeLit() : this.expr();
  }

  // Types.

  type(): Expr {
    const t = this.typeOrNull();
    if (t !== null) return t;
    const bad = this.badExpr();
    this.syntaxError("expected type");
    this.advance(Token.Comma, Token.Colon, Token.Semi, Token.Rparen, Token.Rbrack, Token.Rbrace);
    return bad;
  }

  typeOrNull(): Expr | null {
    const pos = this.pos;
    switch (this.tok) {
      case Token.Star:
        this.next();
        return newOperation(pos, Operator.Mul, this.type(), null);
      case Token.Arrow:
        this.next();
        this.want(Token.Chan);
        return newChanType(pos, ChanDir.RecvOnly, this.chanElem());
      case Token.Func:
        this.next();
        return this.funcType("function type", null);
      case Token.Lbrack:
        this.next();
        if (this.got(Token.Rbrack)) return this.sliceType(pos);
        return this.arrayType(pos, null);
      case Token.Chan: {
        this.next();
        const dir = this.got(Token.Arrow) ? ChanDir.SendOnly : ChanDir.Both;
        return newChanType(pos, dir, this.chanElem());
      }
      case Token.Map: {
        this.next();
        this.want(Token.Lbrack);
        const key = this.type();
        this.want(Token.Rbrack);
        return newMapType(pos, key, this.type());
      }
      case Token.Struct:
        return this.structType();
      case Token.Interface:
        return this.interfaceType();
      case Token.Name:
        return this.qualifiedName(null);
      case Token.Lparen: {
        this.next();
        const t = this.type();
        this.want(Token.Rparen);
        return t;
      }
    }
    return null;
  }

  private typeInstance(x: Expr): IndexExpr {
    const pos = this.pos;
    this.want(Token.Lbrack);
    let index: Expr;
    if (this.tok === Token.Rbrack) {
      this.syntaxError("expected type argument list");
      index = this.badExpr();
    } else index = this.typeList(true);
    this.want(Token.Rbrack);
    return newIndexExpr(pos, x, index);
  }

  /** Whether the last typeList held a comma. */
  private sawComma = false;

  /** Types between commas, a ListExpr if several; unless strict, the first may be any expression. */
  private typeList(strict: boolean): Expr {
    this.xnest++;
    let x = strict ? this.type() : this.expr();
    let comma = false;
    if (this.got(Token.Comma)) {
      comma = true;
      let t = this.typeOrNull();
      if (t !== null) {
        const from = this.beginList();
        this.push(x);
        this.push(t);
        while (this.got(Token.Comma)) {
          t = this.typeOrNull();
          if (t === null) break;
          this.push(t);
        }
        x = newListExpr(x.pos, this.takeList(from));
      }
    }
    this.xnest--;
    this.sawComma = comma;
    return x;
  }

  /**
   * Signature after `func` and name. Where type parameters are allowed they are appended to tparams; where not (null),
   * context says of what in the message.
   */
  funcType(context: string, tparams: Field[] | null): FuncType {
    const pos = this.pos;
    if (this.got(Token.Lbrack)) {
      if (context !== "") this.syntaxErrorAt(pos, `${context} must have no type parameters`);
      if (this.tok === Token.Rbrack) {
        this.syntaxError("empty type parameter list");
        this.next();
      } else {
        const list = this.paramList(null, null, Token.Rbrack, true, false);
        if (tparams !== null) for (const f of list) tparams.push(f);
      }
    }
    this.want(Token.Lparen);
    const params = this.paramList(null, null, Token.Rparen, false, true);
    return newFuncType(pos, params, this.funcResult());
  }

  private funcResult(): Field[] {
    if (this.got(Token.Lparen)) return this.paramList(null, null, Token.Rparen, false, false);
    const pos = this.pos;
    const t = this.typeOrNull();
    return t === null ? [] : [newField(pos, null, t)];
  }

  /** After `[`, whose position is pos; the length may have been read. */
  arrayType(pos: Pos, len: Expr | null): ArrayType {
    if (len === null && !this.got(Token.DotDotDot)) {
      this.xnest++;
      len = this.expr();
      this.xnest--;
    }
    if (this.tok === Token.Comma) {
      this.syntaxError("unexpected comma; expected ]");
      this.next();
    }
    this.want(Token.Rbrack);
    return newArrayType(pos, len, this.type());
  }

  /** After `[]`. */
  sliceType(pos: Pos): SliceType {
    return newSliceType(pos, this.type());
  }

  private chanElem(): Expr {
    const t = this.typeOrNull();
    if (t !== null) return t;
    const bad = this.badExpr();
    this.syntaxError("missing channel element type");
    return bad;
  }

  private structType(): StructType {
    const pos = this.pos;
    const tags: (BasicLit | null)[] = [];
    const from = this.beginList();
    let lost = false;
    this.want(Token.Struct);
    this.want(Token.Lbrace);
    while (this.tok !== Token.EOF && this.tok !== Token.Rbrace) {
      this.fieldDecl(from, tags);
      if (!this.afterElement("struct type", Token.Semi, Token.Rbrace)) {
        lost = true;
        break;
      }
    }
    if (!lost) this.want(Token.Rbrace);
    return newStructType(pos, this.takeList(from), tags);
  }

  private interfaceType(): InterfaceType {
    const pos = this.pos;
    const from = this.beginList();
    let lost = false;
    this.want(Token.Interface);
    this.want(Token.Lbrace);
    while (this.tok !== Token.EOF && this.tok !== Token.Rbrace) {
      let f: Field | null = this.tok === Token.Name ? this.methodDecl() : null;
      if (f === null || f.name === null) f = this.embeddedElem(f);
      this.push(f);
      if (!this.afterElement("interface type", Token.Semi, Token.Rbrace)) {
        lost = true;
        break;
      }
    }
    if (!lost) this.want(Token.Rbrace);
    return newInterfaceType(pos, this.takeList(from));
  }

  /** One more field of the struct whose fields begin at `from`. */
  private addField(
    from: number,
    tags: (BasicLit | null)[],
    pos: Pos,
    name: Name | null,
    type: Expr,
    tag: BasicLit | null,
  ): void {
    if (tag !== null) {
      while (tags.length < this.beginList() - from) tags.push(null);
      tags.push(tag);
    }
    this.push(newField(pos, name, type));
  }

  private fieldDecl(from: number, tags: (BasicLit | null)[]): void {
    const pos = this.pos;
    switch (this.tok) {
      case Token.Name: {
        const name = this.name();
        const tok = this.tok as Token;
        if (tok === Token.Dot || tok === Token.Literal || tok === Token.Semi || tok === Token.Rbrace) {
          const type = this.qualifiedName(name);
          this.addField(from, tags, pos, null, type, this.literalOrNull());
          return;
        }
        const names = this.nameList(name);
        let type: Expr;
        // T[P1, P2] may be an embedded instance, or a field T of array type.
        if (names.length === 1 && (this.tok as Token) === Token.Lbrack) {
          type = this.arrayOrTypeArgs(name);
          if (type.kind === Kind.IndexExpr) {
            this.addField(from, tags, pos, null, type, this.literalOrNull());
            return;
          }
        } else type = this.type();
        const tag = this.literalOrNull();
        for (let i = 0; i < names.length; i++) this.addField(from, tags, names[i]!.pos, names[i]!, type, tag);
        return;
      }
      case Token.Star: {
        this.next();
        let type: Expr;
        if ((this.tok as Token) === Token.Lparen) {
          this.syntaxError("cannot parenthesize embedded type");
          this.next();
          type = this.qualifiedName(null);
          this.got(Token.Rparen);
        } else type = this.qualifiedName(null);
        const tag = this.literalOrNull();
        this.addField(from, tags, pos, null, newOperation(pos, Operator.Mul, type, null), tag);
        return;
      }
      case Token.Lparen: {
        this.syntaxError("cannot parenthesize embedded type");
        this.next();
        let type: Expr;
        if ((this.tok as Token) === Token.Star) {
          const star = this.pos;
          this.next();
          type = newOperation(star, Operator.Mul, this.qualifiedName(null), null);
        } else type = this.qualifiedName(null);
        this.got(Token.Rparen);
        this.addField(from, tags, pos, null, type, this.literalOrNull());
        return;
      }
    }
    this.syntaxError("expected field name or embedded type");
    this.advance(Token.Semi, Token.Rbrace);
  }

  /** After a name, at `[`: `[n]E`, `[]E`, or type arguments of x. */
  private arrayOrTypeArgs(x: Name): Expr {
    const pos = this.pos;
    this.want(Token.Lbrack);
    if (this.got(Token.Rbrack)) return this.sliceType(pos);
    const n = this.typeList(false);
    const comma = this.sawComma;
    this.want(Token.Rbrack);
    if (!comma) {
      const elem = this.typeOrNull();
      if (elem !== null) return newArrayType(pos, n, elem);
    }
    return newIndexExpr(pos, x, n);
  }

  /** A method, or an embedded type (without name in the result). */
  private methodDecl(): Field {
    const pos = this.pos;
    const name = this.name();
    const context = "interface method";
    switch (this.tok) {
      case Token.Lparen:
        return newField(pos, name, this.funcType(context, null));
      case Token.Lbrack: {
        // An embedded instance T[P1, P2]; or a generic method, which is read and refused.
        const lbrack = this.pos;
        this.next();
        if ((this.tok as Token) === Token.Rbrack) {
          const rbrack = this.pos;
          this.next();
          if ((this.tok as Token) === Token.Lparen) {
            this.error(rbrack, "empty type parameter list");
            return newField(pos, name, this.funcType(context, null));
          }
          this.error(rbrack, "empty type argument list");
          return newField(pos, null, name);
        }
        const list = this.paramList(null, null, Token.Rbrack, false, false);
        if (list.length === 0) {
          if ((this.tok as Token) === Token.Lparen) return newField(pos, name, this.funcType(context, null));
          return newField(pos, null, name);
        }
        if (list[0]!.name !== null) {
          const type = this.funcType(context, null);
          this.error(lbrack, "interface method must have no type parameters");
          return newField(pos, name, type);
        }
        const index =
          list.length === 1
            ? list[0]!.type
            : newListExpr(
                list[0]!.pos,
                list.map((f) => f.type),
              );
        return newField(pos, null, newIndexExpr(lbrack, name, index));
      }
      default:
        return newField(pos, null, this.qualifiedName(name));
    }
  }

  /** Union of terms; its first term may have been read. */
  private embeddedElem(f: Field | null): Field {
    if (f === null) {
      const pos = this.pos;
      f = newField(pos, null, this.embeddedTerm());
    }
    while (this.tok === Token.Operator && this.op === Operator.Or) {
      const pos = this.pos;
      this.next();
      f.type = newOperation(pos, Operator.Or, f.type, this.embeddedTerm());
    }
    return f;
  }

  private embeddedTerm(): Expr {
    if (this.tok === Token.Operator && this.op === Operator.Tilde) {
      const pos = this.pos;
      this.next();
      return newOperation(pos, Operator.Tilde, this.type(), null);
    }
    const t = this.typeOrNull();
    if (t !== null) return t;
    const bad = this.badExpr();
    this.syntaxError("expected ~ term or type");
    this.advance(Token.Operator, Token.Semi, Token.Rparen, Token.Rbrack, Token.Rbrace);
    return bad;
  }

  // Parameters. While a list is read, a parameter may have a name and no type yet: `type` is then noType.

  private paramDeclOrNull(name: Name | null, close: Token): Field | null {
    // Unions and ~ are for type parameter lists only.
    const typeSets = close === Token.Rbrack;
    let pos = this.pos;
    if (name !== null) pos = name.pos;
    else if (typeSets && this.tok === Token.Operator && this.op === Operator.Tilde) return this.embeddedElem(null);
    if (this.tok === Token.Name || name !== null) {
      if (name === null) name = this.name();
      const tok = this.tok as Token;
      if (tok === Token.Lbrack) {
        const type = this.arrayOrTypeArgs(name);
        const f = newField(pos, type.kind === Kind.IndexExpr ? null : name, type);
        return typeSets && this.atOr() ? this.embeddedElem(f) : f;
      }
      if (tok === Token.Dot) {
        const f = newField(pos, null, this.qualifiedName(name));
        return typeSets && this.atOr() ? this.embeddedElem(f) : f;
      }
      if (typeSets && this.atOr()) return this.embeddedElem(newField(pos, null, name));
    }
    if (this.tok === Token.DotDotDot) {
      const dots = this.pos;
      this.next();
      const elem = this.typeOrNull();
      if (elem !== null) return newField(pos, name, newDotsType(dots, elem));
      const bad = this.badExpr();
      this.syntaxError("... is missing type");
      return newField(pos, name, bad);
    }
    if (typeSets && this.tok === Token.Operator && this.op === Operator.Tilde)
      return newField(pos, name, this.embeddedElem(null).type);
    const type = this.typeOrNull();
    if (type !== null) {
      const f = newField(pos, name, type);
      return typeSets && this.atOr() ? this.embeddedElem(f) : f;
    }
    if (name !== null) return newField(pos, name, noType);
    this.syntaxError(`expected ${tokenDescription(close)}`);
    this.advance(Token.Comma, close);
    return null;
  }

  private atOr(): boolean {
    return this.tok === Token.Operator && this.op === Operator.Or;
  }

  /**
   * Parameters after the opening token. A first name, and with it a first type, may have been read. In the result either
   * all have a name or none has; with requireNames (type parameters) all have.
   */
  paramList(name: Name | null, type: Expr | null, close: Token, requireNames: boolean, dotsOk: boolean): Field[] {
    if (name !== null && type !== null && this.tok === close) {
      this.next();
      return [newField(name.pos, name, type)];
    }
    const from = this.beginList();
    let named = 0;
    let typed = 0;
    let lost = false;
    while (this.tok !== Token.EOF && this.tok !== close) {
      const f: Field | null =
        type !== null && name !== null ? newField(name.pos, name, type) : this.paramDeclOrNull(name, close);
      name = null;
      type = null;
      if (f !== null) {
        if (f.type !== noType) {
          typed++;
          if (f.name !== null) named++;
        }
        this.push(f);
      }
      if (!this.afterElement("parameter list", Token.Comma, close)) {
        lost = true;
        break;
      }
    }
    const end = this.pos;
    if (!lost) this.want(close);
    const list: Field[] = this.takeList(from);
    if (list.length === 0) return list;
    if (named === 0 && !requireNames) {
      // No name has a type: the names are types.
      for (let i = 0; i < list.length; i++) {
        const f = list[i]!;
        if (f.name !== null) {
          f.type = f.name;
          f.name = null;
        }
      }
    } else if (named !== list.length) this.distributeTypes(list, named === typed, end, requireNames);
    this.checkDots(list, dotsOk);
    return list;
  }

  /** Gives parameters without type the type of the next one that has it. */
  private distributeTypes(list: Field[], typesMissing: boolean, end: Pos, requireNames: boolean): void {
    let errorPos = 0;
    let type: Expr | null = null;
    for (let i = list.length - 1; i >= 0; i--) {
      const f = list[i]!;
      if (f.type !== noType) {
        type = f.type;
        if (f.name === null) {
          errorPos = startPos(type);
          f.name = newName(errorPos, "_");
        }
      } else if (type !== null) f.type = type;
      else {
        errorPos = f.name!.pos;
        f.type = newBadExpr(errorPos);
      }
    }
    if (errorPos === 0) return;
    let message: string;
    if (typesMissing) {
      errorPos = end;
      message = requireNames ? "missing type constraint" : "missing parameter type";
    } else if (requireNames) {
      message = "missing type parameter name";
      if (list.length === 1) message += " or invalid array length";
    } else message = "missing parameter name";
    this.syntaxErrorAt(errorPos, message);
  }

  private checkDots(list: Field[], dotsOk: boolean): void {
    let first = true;
    for (let i = 0; i < list.length; i++) {
      const f = list[i]!;
      const t = f.type;
      if (t.kind !== Kind.DotsType || (dotsOk && i + 1 === list.length)) continue;
      if (first) {
        first = false;
        this.error(t.pos, dotsOk ? "can only use ... with final parameter" : "invalid use of ...");
      }
      f.type = t.elem;
    }
  }
}

/** Stands for the type of a parameter that has none yet. */
const noType: Expr = newBadExpr(0);

/** Whether x cannot be a type. */
function isValue(x: Expr): boolean {
  switch (x.kind) {
    case Kind.BasicLit:
    case Kind.CompositeLit:
    case Kind.FuncLit:
    case Kind.SliceExpr:
    case Kind.AssertExpr:
    case Kind.TypeSwitchGuard:
    case Kind.CallExpr:
      return true;
    case Kind.Operation:
      return x.op !== Operator.Mul || x.y !== null;
    case Kind.ParenExpr:
      return isValue(x.x);
    case Kind.IndexExpr:
      return isValue(x.x) || isValue(x.index);
  }
  return false;
}

/** Whether x can only be a type element: a type literal, or an operation on one, or ~T. */
export function isTypeElem(x: Expr): boolean {
  switch (x.kind) {
    case Kind.ArrayType:
    case Kind.StructType:
    case Kind.FuncType:
    case Kind.InterfaceType:
    case Kind.SliceType:
    case Kind.MapType:
    case Kind.ChanType:
      return true;
    case Kind.Operation:
      return isTypeElem(x.x) || (x.y !== null && isTypeElem(x.y)) || x.op === Operator.Tilde;
    case Kind.ParenExpr:
      return isTypeElem(x.x);
  }
  return false;
}

/** Whether the literal is a string. */
export function isStringLit(x: BasicLit): boolean {
  return x.litKind === LitKind.String;
}
