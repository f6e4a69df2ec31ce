// Operands: expressions while they are being checked, and their description in messages.
import { valueString, type Value } from "#constant";
import { type Expr, nodeString } from "#syntax";
import { Mode } from "./info.ts";
import { asTypeParam, compositeKind, hasEmptyTypeset, isGeneric, isUntyped, isValid, under } from "./predicates.ts";
import { packagePrefix, type Qualifier, TypeWriter, typeString } from "./typestring.ts";
import { type Basic, BasicKind, type Type, TypeKind } from "./types.ts";
import { BuiltinId, builtins, invalidType, typ } from "./universe.ts";

export class Operand {
  declare mode: Mode;
  declare expr: Expr | null;
  declare type: Type;
  declare val: Value | null;
  declare id: BuiltinId;

  constructor() {
    this.mode = Mode.Invalid;
    this.expr = null;
    this.type = invalidType;
    this.val = null;
    this.id = BuiltinId.Append;
  }

  copyFrom(x: Operand): void {
    this.mode = x.mode;
    this.expr = x.expr;
    this.type = x.type;
    this.val = x.val;
    this.id = x.id;
  }

  clone(): Operand {
    const x = new Operand();
    x.copyFrom(this);
    return x;
  }

  get isNil(): boolean {
    return this.mode === Mode.Nil;
  }
}

export function makeOperand(mode: Mode, expr: Expr | null, type: Type, val: Value | null = null): Operand {
  const x = new Operand();
  x.mode = mode;
  x.expr = expr;
  x.type = type;
  x.val = val;
  return x;
}

const modeNames: readonly string[] = [
  "invalid operand",
  "no value",
  "built-in",
  "type",
  "constant",
  "variable",
  "map index expression",
  "value",
  "nil",
  "comma, ok expression",
  "comma, error expression",
  "cgo function",
];

/** An operand as messages show it: `x + 1 (value of type int)`. */
export function operandString(x: Operand, qf: Qualifier | null, position: ((p: number) => string) | null): string {
  if (x.mode === Mode.Nil) {
    if (x.type === invalidType) return "nil (with invalid type)";
    if (x.type === typ[BasicKind.UntypedNil]) return "nil";
    return `nil (of type ${typeString(x.type, qf, position)})`;
  }
  let expr = "";
  if (x.expr !== null) expr = nodeString(x.expr);
  else if (x.mode === Mode.Builtin) expr = builtins[x.id]!.name;
  else if (x.mode === Mode.TypeExpr) expr = typeString(x.type, qf, position);
  else if (x.mode === Mode.Constant) expr = valueString(x.val!);
  let out = expr === "" ? "" : `${expr} (`;
  let hasType = false;
  if (x.mode !== Mode.Invalid && x.mode !== Mode.NoValue && x.mode !== Mode.Builtin && x.mode !== Mode.TypeExpr) {
    if (isUntyped(x.type)) out += `${(x.type as Basic).name} `;
    else hasType = true;
  }
  out += modeNames[x.mode]!;
  if (x.mode === Mode.Constant) {
    const s = valueString(x.val!);
    if (s !== expr) out += ` ${s}`;
  }
  if (hasType) {
    if (isValid(x.type)) {
      let desc = isGeneric(x.type) ? "generic " : "";
      const p = asTypeParam(x.type);
      if (p === null && (x.type.kind === TypeKind.Named || x.type.kind === TypeKind.Alias)) {
        let what = compositeKind(x.type);
        if (what === "") {
          const u = under(x.type) as Basic;
          what = u.basic === BasicKind.UnsafePointer ? `${packagePrefix(null, qf)}Pointer` : u.name;
        }
        desc += `${what} `;
      }
      const w = new TypeWriter(qf, position);
      w.type(x.type);
      out += ` of ${desc}type ${w.out}`;
      if (p !== null) {
        out += ` constrained by ${typeString(p.bound!, qf, position)}`;
        if (hasEmptyTypeset(p)) out += " with empty type set";
      }
    } else out += " with invalid type";
  }
  return expr === "" ? out : `${out})`;
}
