import {
  type BlockStmt,
  children,
  type Expr,
  type ForStmt,
  type FuncLit,
  Kind,
  type Node,
  Operator,
  Token,
  unpackList,
} from "#syntax";
import {
  BasicKind,
  emptyInterface,
  hasPtrRecv,
  ObjKind,
  objOf,
  SelectionKind,
  type Signature,
  selectionOf,
  type Type,
  TypeKind,
  tvOf,
  typ,
  under,
  Var,
  VarKind,
} from "#types";

/** What the body of an outermost function does with one of its variables. */
export class VarInfo {
  /** Used in a function literal or range-over-func body inside the function that declares it. */
  captured = false;
  addrTaken = false;
  /** Assigned to, as a whole or in part, after its declaration. */
  reassigned = false;

  constructor(readonly owner: Context) {}
}

/** A function, function literal or range-over-func body: something that becomes a function of its own. */
export class Context {
  /** Variables of functions around that it uses, in order of first use. */
  readonly captures: Var[] = [];
  /** Contains a defer statement, not counting function literals. */
  hasDefer = false;
  /** Calls recover. */
  hasRecover = false;
  /** Contains labels or gotos. */
  hasLabels = false;
  /** The statement whose body this is, for range over a function. */
  readonly loop: ForStmt | null;

  constructor(
    readonly node: Node,
    readonly parent: Context | null,
    /** Result variables of the function or literal. */
    readonly results: readonly Var[],
  ) {
    this.loop = node.kind === Kind.ForStmt ? node : null;
  }

  /** The function or literal around a range-over-func body; itself for others. */
  get func(): Context {
    let c: Context = this;
    while (c.loop !== null) c = c.parent!;
    return c;
  }
}

/** Variables that the rewriting of range over functions needs; see rangefunc.ts. */
export interface RangeFuncVars {
  /** State of the loop. */
  readonly state: Var;
}

/** The results of looking through the body of an outermost function (and, per instance, with its type arguments). */
export class Analysis {
  readonly vars = new Map<Var, VarInfo>();
  readonly contexts = new Map<Node, Context>();
  readonly loops = new Map<ForStmt, RangeFuncVars>();
  /** Where a function continues after a range-over-func body was left by more than break: by function context. */
  readonly next = new Map<Context, Var>();
  /** The token of deferrangefunc. */
  readonly deferToken = new Map<Context, Var>();
  /** Labels that a later goto jumps back to: loops. */
  readonly backward = new Set<Node>();
  /** Each iteration of a for loop has variables of its own (go1.22), as the version of the function's file says. */
  perIteration = true;
  /** The function that a label is in. */
  readonly labelOwner = new Map<Node, Context>();
  private readonly seenLabels = new Set<Node>();
  /** Statements that break and continue may refer to, by the function they are in. */
  private readonly statementOwner = new Map<Node, Context>();
  private ctx!: Context;

  constructor(
    private readonly typeOf: (e: Expr) => Type,
    /** Whether a call is one of the built-in recover. */
    private readonly isRecover: (e: Expr) => boolean,
  ) {}

  /** Looks through a function with these parameters and results. */
  function(node: Node, params: readonly Var[], results: readonly Var[], body: BlockStmt | null): Context {
    const c = this.enter(node, params, results);
    if (body !== null) this.visit(body);
    return c;
  }

  private enter(node: Node, params: readonly Var[], results: readonly Var[]): Context {
    const c = new Context(node, this.ctx ?? null, results);
    this.contexts.set(node, c);
    this.ctx = c;
    for (const v of params) this.declare(v);
    for (const v of results) this.declare(v);
    return c;
  }

  /** Looks through an expression that belongs to the function last looked through. */
  addExpression(e: Expr): void {
    this.visit(e);
  }

  private declare(v: Var): VarInfo {
    let info = this.vars.get(v);
    if (info === undefined) {
      info = new VarInfo(this.ctx);
      this.vars.set(v, info);
    }
    return info;
  }

  private use(v: Var): VarInfo {
    const info = this.vars.get(v);
    if (info === undefined) {
      // The first mention of a variable is its declaration.
      return this.declare(v);
    }
    for (let c = this.ctx; c !== info.owner; c = c.parent!) {
      info.captured = true;
      if (!c.captures.includes(v)) c.captures.push(v);
    }
    return info;
  }

  private visitAll(list: readonly (Node | null)[]): void {
    for (const n of list) if (n !== null) this.visit(n);
  }

  private visit(n: Node): void {
    if (n.kind === Kind.ForStmt || n.kind === Kind.SwitchStmt || n.kind === Kind.SelectStmt)
      this.statementOwner.set(n, this.ctx);
    switch (n.kind) {
      case Kind.Name: {
        const o = objOf(n);
        if (o !== null && o.kind === ObjKind.Var && isLocal(o)) this.use(o);
        return;
      }
      case Kind.SelectorExpr: {
        this.visit(n.x);
        const s = selectionOf(n);
        if (
          s !== null &&
          s.kind === SelectionKind.MethodVal &&
          s.obj.kind === ObjKind.Func &&
          hasPtrRecv(s.obj) &&
          !s.indirect
        )
          this.addressed(n.x);
        return;
      }
      case Kind.KeyValueExpr:
        // A field name of a struct literal is no use of anything.
        if (n.key.kind !== Kind.Name || !isField(objOf(n.key))) this.visit(n.key);
        this.visit(n.value);
        return;
      case Kind.FuncLit:
        this.visitLit(n);
        return;
      case Kind.Operation:
        this.visit(n.x);
        if (n.y !== null) this.visit(n.y);
        else if (n.op === Operator.And) this.addressed(n.x);
        return;
      case Kind.SliceExpr:
        children(n, (c) => this.visit(c));
        if (under(this.typeOf(n.x)).kind === TypeKind.Array) this.addressed(n.x);
        return;
      case Kind.AssignStmt:
        if (n.rhs !== null) this.visit(n.rhs);
        for (const l of unpackList(n.lhs)) this.assigned(l, n.op === Operator.Def);
        return;
      case Kind.RangeClause:
        this.visit(n.x);
        for (const l of unpackList(n.lhs)) this.assigned(l, n.def);
        return;
      case Kind.ForStmt:
        this.visitFor(n);
        return;
      case Kind.CaseClause: {
        if (n.implicit !== null) this.declare(n.implicit as Var);
        if (n.cases !== null) this.visit(n.cases);
        this.visitAll(n.body);
        return;
      }
      case Kind.TypeSwitchGuard:
        this.visit(n.x);
        return;
      case Kind.CallStmt:
        if (n.tok === Token.Defer) {
          this.ctx.func.hasDefer = true;
          if (this.ctx.loop !== null) this.useSpecial(this.deferToken, "#defers", emptyInterface);
        }
        this.visit(n.call);
        return;
      case Kind.CallExpr:
        if (this.isRecover(n)) this.ctx.hasRecover = true;
        children(n, (c) => this.visit(c));
        return;
      case Kind.LabeledStmt:
        this.ctx.hasLabels = true;
        this.seenLabels.add(n);
        this.labelOwner.set(n, this.ctx);
        this.visit(n.stmt);
        return;
      case Kind.BranchStmt:
        this.visitBranch(n.tok, n.target);
        return;
      case Kind.ReturnStmt:
        if (n.results !== null) {
          this.visit(n.results);
          for (const r of this.ctx.func.results) this.vars.get(r)!.reassigned = true;
        }
        if (this.ctx.loop !== null) this.leaveLoops(null);
        return;
      case Kind.DeclStmt:
        for (const d of n.declList) {
          if (d.kind !== Kind.VarDecl) continue;
          if (d.values !== null) this.visit(d.values);
          for (const name of d.nameList) {
            const o = objOf(name);
            if (o !== null && o.kind === ObjKind.Var) this.declare(o);
          }
        }
        return;
      case Kind.ArrayType:
      case Kind.SliceType:
      case Kind.StructType:
      case Kind.InterfaceType:
      case Kind.FuncType:
      case Kind.MapType:
      case Kind.ChanType:
      case Kind.DotsType:
        return;
      default:
        children(n, (c) => this.visit(c));
    }
  }

  private visitBranch(tok: Token, target: Node | null): void {
    if (target === null) return;
    if (tok === Token.Goto) {
      this.ctx.hasLabels = true;
      if (this.seenLabels.has(target)) this.backward.add(target);
    }
    if (this.ctx.loop === null || target === this.ctx.loop) return;
    if (this.statementOwner.get(target) !== this.ctx) this.leaveLoops(target);
  }

  /** A branch or return in a range-over-func body may leave loops: it uses their states, and the results. */
  private leaveLoops(target: Node | null): void {
    for (let c: Context = this.ctx; c.loop !== null; c = c.parent!) {
      this.use(this.loops.get(c.loop)!.state).reassigned = true;
      if (c.loop === target) break;
    }
    this.useSpecial(this.next, "#next", int);
    if (target === null) {
      const f = this.ctx.func;
      for (const r of f.results) this.use(r).reassigned = true;
    }
  }

  private useSpecial(table: Map<Context, Var>, name: string, type: Type): void {
    const f = this.ctx.func;
    let v = table.get(f);
    if (v === undefined) {
      v = new Var(VarKind.Local, 0, null, name, type);
      table.set(f, v);
      const info = new VarInfo(f);
      info.reassigned = true;
      this.vars.set(v, info);
    }
    this.use(v);
  }

  private visitLit(n: FuncLit): void {
    const outer = this.ctx;
    const sig = under(tvOf(n)!.type) as Signature;
    this.enter(n, sig.params.vars, sig.results.vars);
    this.visit(n.body);
    this.ctx = outer;
  }

  private visitFor(n: ForStmt): void {
    const clause = n.init;
    if (
      clause === null ||
      clause.kind !== Kind.RangeClause ||
      under(this.typeOf(clause.x)).kind !== TypeKind.Signature
    ) {
      children(n, (c) => this.visit(c));
      return;
    }
    this.visit(clause.x);
    const state = new Var(VarKind.Local, n.pos, null, "#state", int);
    this.loops.set(n, { state });
    this.declare(state).reassigned = true;
    const outer = this.ctx;
    this.enter(n, [], []);
    this.use(state);
    for (const l of unpackList(clause.lhs)) this.assigned(l, clause.def);
    this.visit(n.body);
    const inner = this.ctx;
    this.ctx = outer;
    if (inner.hasLabels) outer.hasLabels = true;
  }

  /** An operand on the left of an assignment. */
  private assigned(l: Expr, define: boolean): void {
    if (l.kind === Kind.Name) {
      const o = objOf(l);
      if (o === null || o.kind !== ObjKind.Var || !isLocal(o)) return;
      if (define && !this.vars.has(o)) {
        this.declare(o);
        return;
      }
      this.use(o).reassigned = true;
      return;
    }
    this.visit(l);
    const root = this.root(l);
    if (root !== null) root.reassigned = true;
  }

  private addressed(e: Expr): void {
    const root = this.root(e);
    if (root !== null) root.addrTaken = true;
  }

  /** The variable that e is (a part of), if no pointer lies between. */
  private root(e: Expr): VarInfo | null {
    for (;;) {
      switch (e.kind) {
        case Kind.Name: {
          const o = objOf(e);
          return o !== null && o.kind === ObjKind.Var && isLocal(o) ? (this.vars.get(o) ?? null) : null;
        }
        case Kind.ParenExpr:
          e = e.x;
          break;
        case Kind.SelectorExpr: {
          const s = selectionOf(e);
          if (s === null || s.indirect || under(this.typeOf(e.x)).kind === TypeKind.Pointer) return null;
          e = e.x;
          break;
        }
        case Kind.IndexExpr:
          if (under(this.typeOf(e.x)).kind !== TypeKind.Array) return null;
          e = e.x;
          break;
        default:
          return null;
      }
    }
  }
}

const int = typ[BasicKind.Int]!;

function isLocal(v: Var): boolean {
  return v.varKind !== VarKind.Package && v.varKind !== VarKind.Field;
}

function isField(o: ReturnType<typeof objOf>): boolean {
  return o !== null && o.kind === ObjKind.Var && o.isField;
}
