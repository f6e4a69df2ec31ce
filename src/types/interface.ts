// Interface types and unions.
import { type Expr, type InterfaceType, Kind, Operator, startPos } from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Mode } from "./info.ts";
import { compareObj, Func, type TypeName, Var, VarKind } from "./objects.ts";
import { asNamed, identical, isInterface, isTypeParam, isValid, under } from "./predicates.ts";
import { computeInterfaceTypeSet, termsDisjoint, topTypeSet, typeSetOf } from "./typeset.ts";
import { typeString } from "./typestring.ts";
import { type Interface, Term, type Type, TypeKind, Union } from "./types.ts";
import { record, typeOf } from "./typexpr.ts";
import { invalidType, universeComparable } from "./universe.ts";

export function interfaceType(c: Checker, t: Interface, e: InterfaceType, def: TypeName | null): void {
  for (const f of e.methodList) {
    if (f.name === null) {
      const pos = startPos(f.type);
      t.embeddeds.push(parseUnion(c, f.type));
      t.embedPos ??= [];
      t.embedPos.push(pos);
      continue;
    }
    const name = f.name.value;
    if (name === "_") {
      c.error(f.name, ErrorCode.BlankIfaceMethod, "methods must have a unique non-blank name");
      continue;
    }
    const sig = typeOf(c, f.type);
    if (sig.kind !== TypeKind.Signature) {
      if (isValid(sig)) c.error(f.type, ErrorCode.InvalidSyntaxTree, `${c.ts(sig)} is not a method signature`);
      continue;
    }
    let recv: Type = t;
    if (def !== null && def.type !== null) {
      const named = asNamed(def.type);
      if (named !== null) recv = named;
    }
    sig.recv = new Var(VarKind.Recv, f.name.pos, c.pkg, "", recv);
    const m = new Func(f.name.pos, c.pkg, name, sig);
    f.name.obj = m;
    t.methods.push(m);
  }
  t.complete = true;
  if (t.methods.length === 0 && t.embeddeds.length === 0) {
    t.tset = topTypeSet;
    return;
  }
  if (t.methods.length > 1) t.methods.sort(compareObj);
  c.later(() => {
    computeInterfaceTypeSet(c, e.pos, t);
  });
}

const maxTermCount = 100;

function parseUnion(c: Checker, e: Expr): Type {
  const ops: Expr[] = [];
  const list: Expr[] = [];
  flattenUnion(e, ops, list);
  const terms: Term[] = [];
  let u: Type = invalidType;
  let tooMany = false;
  for (let i = 0; i < list.length; i++) {
    const term = parseTilde(c, list[i]!);
    if (list.length === 1 && !term.tilde) return term.type;
    if (terms.length >= maxTermCount) {
      if (!tooMany) {
        c.error(
          list[i]!,
          ErrorCode.InvalidUnion,
          `cannot handle more than ${maxTermCount} union terms (implementation limitation)`,
        );
        tooMany = true;
      }
      u = invalidType;
    } else {
      terms.push(term);
      u = new Union(terms.slice());
    }
    if (i > 0) record(ops[i - 1]!, Mode.TypeExpr, u, null);
  }
  if (!isValid(u)) return u;
  c.later(() => checkTerms(c, terms, list));
  return u;
}

function checkTerms(c: Checker, terms: readonly Term[], list: readonly Expr[]): void {
  // Terms are shown with package paths.
  const show = (t: Term) => `${t.tilde ? "~" : ""}${typeString(t.type)}`;
  for (let i = 0; i < terms.length; i++) {
    const t = terms[i]!;
    if (!isValid(t.type)) continue;
    const u = under(t.type);
    if (t.tilde) {
      if (u.kind === TypeKind.Interface) {
        c.error(list[i]!, ErrorCode.InvalidUnion, `invalid use of ~ (${c.ts(t.type)} is an interface)`);
        continue;
      }
      if (!identical(u, t.type)) {
        c.error(
          list[i]!,
          ErrorCode.InvalidUnion,
          `invalid use of ~ (underlying type of ${c.ts(t.type)} is ${c.ts(u)})`,
        );
        continue;
      }
    }
    if (u.kind === TypeKind.Interface) {
      const s = typeSetOf(u);
      if (s.methods.length > 0)
        c.error(list[i]!, ErrorCode.InvalidUnion, `cannot use ${show(t)} in union (${show(t)} contains methods)`);
      else if (t.type === universeComparable)
        c.error(list[i]!, ErrorCode.InvalidUnion, "cannot use comparable in union");
      else if (s.comparable)
        c.error(list[i]!, ErrorCode.InvalidUnion, `cannot use ${show(t)} in union (${show(t)} embeds comparable)`);
      continue;
    }
    for (let j = 0; j < i; j++) {
      const x = terms[j]!;
      if (isInterface(x.type) || termsDisjoint(x, t)) continue;
      c.softError(list[i]!, ErrorCode.InvalidUnion, `overlapping terms ${show(t)} and ${show(x)}`);
      break;
    }
  }
}

function parseTilde(c: Checker, tx: Expr): Term {
  let x = tx;
  let tilde = false;
  if (x.kind === Kind.Operation && x.op === Operator.Tilde) {
    x = x.x;
    tilde = true;
  }
  let t = typeOf(c, x);
  if (isTypeParam(t)) {
    if (tilde) c.error(x, ErrorCode.MisplacedTypeParam, `type in term ${c.es(tx)} cannot be a type parameter`);
    else c.error(x, ErrorCode.MisplacedTypeParam, "term cannot be a type parameter");
    t = invalidType;
  }
  const term = new Term(tilde, t);
  if (tilde) record(tx, Mode.TypeExpr, new Union([term]), null);
  return term;
}

/** The operands of a chain of |, and the chain's operations from the innermost outwards. */
function flattenUnion(x: Expr, ops: Expr[], list: Expr[]): void {
  if (x.kind === Kind.Operation && x.op === Operator.Or && x.y !== null) {
    flattenUnion(x.x, ops, list);
    ops.push(x);
    x = x.y;
  }
  list.push(x);
}
