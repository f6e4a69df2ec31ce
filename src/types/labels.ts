// Labels: where break, continue and goto lead. The parser checks this too (and names the statements); this is for trees
// that it has not checked.
import {
  type BlockStmt,
  type BranchStmt,
  endPos,
  Kind,
  type LabeledStmt,
  type Stmt,
  Token,
  tokenString,
} from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Label, ObjKind } from "./objects.ts";
import { Scope } from "./scope.ts";
import { Operator } from "#syntax";
import { invalidType } from "./universe.ts";

class Block {
  private labels: Map<string, LabeledStmt> | null = null;
  constructor(
    readonly parent: Block | null,
    /** The labelled statement that the block belongs to. */
    readonly labeled: LabeledStmt | null,
  ) {}

  insert(s: LabeledStmt): void {
    this.labels ??= new Map();
    this.labels.set(s.label.value, s);
  }

  gotoTarget(name: string): boolean {
    for (let b: Block | null = this; b !== null; b = b.parent) if (b.labels?.has(name) === true) return true;
    return false;
  }

  enclosing(name: string): LabeledStmt | null {
    for (let b: Block | null = this; b !== null; b = b.parent)
      if (b.labeled !== null && b.labeled.label.value === name) return b.labeled;
    return null;
  }
}

export function labels(c: Checker, body: BlockStmt): void {
  const all = new Scope(null, body.pos, endPos(body), "label");
  // What is left are jumps forward for which no label was found in their blocks and those around.
  for (const jump of blockBranches(c, all, null, null, body.list)) {
    const name = jump.label!.value;
    const alt = all.lookup(name);
    if (alt !== undefined) {
      if (alt.kind === ObjKind.Label) alt.used = true;
      c.error(jump.label!, ErrorCode.JumpIntoBlock, `goto ${name} jumps into block`);
    } else c.error(jump.label!, ErrorCode.UndeclaredLabel, `label ${name} not declared`);
  }
  for (const obj of all.values()) {
    if (obj.kind === ObjKind.Label && !obj.used)
      c.softError(obj.pos, ErrorCode.UnusedLabel, `label ${obj.name} declared and not used`);
  }
}

function blockBranches(
  c: Checker,
  all: Scope,
  parent: Block | null,
  labeled: LabeledStmt | null,
  list: readonly Stmt[],
): BranchStmt[] {
  const b = new Block(parent, labeled);
  let varDeclPos = 0;
  let forward: BranchStmt[] = [];
  let bad: BranchStmt[] = [];
  const recordVarDecl = (pos: number) => {
    varDeclPos = pos;
    bad = forward.slice();
  };

  const visit = (labeled: LabeledStmt | null, s: Stmt): void => {
    switch (s.kind) {
      case Kind.DeclStmt:
        for (const d of s.declList) if (d.kind === Kind.VarDecl) recordVarDecl(d.pos);
        break;
      case Kind.LabeledStmt: {
        const name = s.label.value;
        let inner = labeled;
        if (name !== "_") {
          const label = new Label(s.label.pos, c.pkg, name, invalidType);
          const alt = all.insert(label);
          if (alt !== undefined) {
            const err = c.newError(ErrorCode.DuplicateLabel);
            err.soft = true;
            err.add(label.pos, `label ${name} already declared`);
            err.addAltDecl(alt);
            err.report();
          } else {
            b.insert(s);
            s.label.obj = label;
          }
          const rest: BranchStmt[] = [];
          for (const jump of forward) {
            if (jump.label!.value !== name) {
              rest.push(jump);
              continue;
            }
            label.used = true;
            jump.label!.obj = label;
            if (varDeclPos !== 0 && bad.includes(jump)) {
              const line = c.options.diagnostics.positions.resolve(varDeclPos)?.line ?? 0;
              c.softError(
                jump.label!,
                ErrorCode.JumpOverDecl,
                `goto ${name} jumps over variable declaration at line ${line}`,
              );
            }
          }
          forward = rest;
          inner = s;
        }
        visit(inner, s.stmt);
        break;
      }
      case Kind.BranchStmt:
        if (s.label !== null) branch(s);
        break;
      case Kind.AssignStmt:
        if (s.op === Operator.Def) recordVarDecl(s.pos);
        break;
      case Kind.BlockStmt:
        forward.push(...blockBranches(c, all, b, labeled, s.list));
        break;
      case Kind.IfStmt:
        visit(labeled, s.thenBlock);
        if (s.elseStmt !== null) visit(labeled, s.elseStmt);
        break;
      case Kind.SwitchStmt:
      case Kind.SelectStmt: {
        const inner = new Block(b, labeled);
        for (const clause of s.body) forward.push(...blockBranches(c, all, inner, null, clause.body));
        break;
      }
      case Kind.ForStmt:
        visit(labeled, s.body);
        break;
    }
  };

  const branch = (s: BranchStmt): void => {
    const label = s.label!;
    const name = label.value;
    const target = b.enclosing(name)?.stmt.kind;
    switch (s.tok) {
      case Token.Break:
        if (target !== Kind.SwitchStmt && target !== Kind.SelectStmt && target !== Kind.ForStmt) {
          c.error(label, ErrorCode.MisplacedLabel, `invalid break label ${name}`);
          return;
        }
        break;
      case Token.Continue:
        if (target !== Kind.ForStmt) {
          c.error(label, ErrorCode.MisplacedLabel, `invalid continue label ${name}`);
          return;
        }
        break;
      case Token.Goto:
        if (!b.gotoTarget(name)) {
          forward.push(s);
          return;
        }
        break;
      default:
        c.error(s, ErrorCode.InvalidSyntaxTree, `branch statement: ${tokenString(s.tok)} ${name}`);
        return;
    }
    const obj = all.lookup(name);
    if (obj !== undefined && obj.kind === ObjKind.Label) {
      obj.used = true;
      label.obj = obj;
    }
  };

  for (const s of list) visit(null, s);
  return forward;
}
