// The predeclared types, constants and functions, and package unsafe.
import { makeBool, makeSmallInt } from "#constant";
import { Builtin, Const, Func, isExported, Nil, type Obj, TypeName, Var, VarKind } from "./objects.ts";
import { Package } from "./package.ts";
import { Scope } from "./scope.ts";
import {
  Alias,
  Basic,
  BasicInfo as Info,
  BasicKind,
  Interface,
  Named,
  Signature,
  Tuple,
  emptyTuple,
  type Type,
} from "./types.ts";
import { allTerms, TypeSet, topTypeSet } from "./typeset.ts";

export const enum BuiltinId {
  Append,
  Cap,
  Clear,
  Close,
  Complex,
  Copy,
  Delete,
  Imag,
  Len,
  Make,
  Max,
  Min,
  New,
  Panic,
  Print,
  Println,
  Real,
  Recover,
  /** Package unsafe. */
  Add,
  Alignof,
  Offsetof,
  Sizeof,
  Slice,
  SliceData,
  String,
  StringData,
  /** For tests of the checker only. */
  Assert,
  Trace,
}

/** What an expression statement may be. */
export const enum ExprKind {
  Conversion,
  Expression,
  Statement,
}

export interface BuiltinInfo {
  readonly name: string;
  readonly nargs: number;
  readonly variadic: boolean;
  readonly kind: ExprKind;
}

function bi(name: string, nargs: number, variadic: boolean, kind: ExprKind): BuiltinInfo {
  return { name, nargs, variadic, kind };
}

/** Name, minimal number of arguments, whether more are allowed, and kind of each built-in, by BuiltinId. */
export const builtins: readonly BuiltinInfo[] = [
  bi("append", 1, true, ExprKind.Expression),
  bi("cap", 1, false, ExprKind.Expression),
  bi("clear", 1, false, ExprKind.Statement),
  bi("close", 1, false, ExprKind.Statement),
  bi("complex", 2, false, ExprKind.Expression),
  bi("copy", 2, false, ExprKind.Statement),
  bi("delete", 2, false, ExprKind.Statement),
  bi("imag", 1, false, ExprKind.Expression),
  bi("len", 1, false, ExprKind.Expression),
  bi("make", 1, true, ExprKind.Expression),
  bi("max", 1, true, ExprKind.Expression),
  bi("min", 1, true, ExprKind.Expression),
  bi("new", 1, false, ExprKind.Expression),
  bi("panic", 1, false, ExprKind.Statement),
  bi("print", 0, true, ExprKind.Statement),
  bi("println", 0, true, ExprKind.Statement),
  bi("real", 1, false, ExprKind.Expression),
  bi("recover", 0, false, ExprKind.Statement),
  bi("Add", 2, false, ExprKind.Expression),
  bi("Alignof", 1, false, ExprKind.Expression),
  bi("Offsetof", 1, false, ExprKind.Expression),
  bi("Sizeof", 1, false, ExprKind.Expression),
  bi("Slice", 2, false, ExprKind.Expression),
  bi("SliceData", 1, false, ExprKind.Expression),
  bi("String", 2, false, ExprKind.Expression),
  bi("StringData", 1, false, ExprKind.Expression),
  bi("assert", 1, false, ExprKind.Statement),
  bi("trace", 0, true, ExprKind.Expression),
];

/** The basic types, by BasicKind. */
export const typ: readonly Basic[] = [
  new Basic(BasicKind.Invalid, 0, "invalid type"),
  new Basic(BasicKind.Bool, Info.Boolean, "bool"),
  new Basic(BasicKind.Int, Info.Integer, "int"),
  new Basic(BasicKind.Int8, Info.Integer, "int8"),
  new Basic(BasicKind.Int16, Info.Integer, "int16"),
  new Basic(BasicKind.Int32, Info.Integer, "int32"),
  new Basic(BasicKind.Int64, Info.Integer, "int64"),
  new Basic(BasicKind.Uint, Info.Integer | Info.Unsigned, "uint"),
  new Basic(BasicKind.Uint8, Info.Integer | Info.Unsigned, "uint8"),
  new Basic(BasicKind.Uint16, Info.Integer | Info.Unsigned, "uint16"),
  new Basic(BasicKind.Uint32, Info.Integer | Info.Unsigned, "uint32"),
  new Basic(BasicKind.Uint64, Info.Integer | Info.Unsigned, "uint64"),
  new Basic(BasicKind.Uintptr, Info.Integer | Info.Unsigned, "uintptr"),
  new Basic(BasicKind.Float32, Info.Float, "float32"),
  new Basic(BasicKind.Float64, Info.Float, "float64"),
  new Basic(BasicKind.Complex64, Info.Complex, "complex64"),
  new Basic(BasicKind.Complex128, Info.Complex, "complex128"),
  new Basic(BasicKind.String, Info.String, "string"),
  new Basic(BasicKind.UnsafePointer, 0, "Pointer"),
  new Basic(BasicKind.UntypedBool, Info.Boolean | Info.Untyped, "untyped bool"),
  new Basic(BasicKind.UntypedInt, Info.Integer | Info.Untyped, "untyped int"),
  new Basic(BasicKind.UntypedRune, Info.Integer | Info.Untyped, "untyped rune"),
  new Basic(BasicKind.UntypedFloat, Info.Float | Info.Untyped, "untyped float"),
  new Basic(BasicKind.UntypedComplex, Info.Complex | Info.Untyped, "untyped complex"),
  new Basic(BasicKind.UntypedString, Info.String | Info.Untyped, "untyped string"),
  new Basic(BasicKind.UntypedNil, Info.Untyped, "untyped nil"),
];

export const invalidType: Type = typ[BasicKind.Invalid]!;
/** uint8 under the name byte; int32 under the name rune. */
export const universeByte: Type = new Basic(BasicKind.Uint8, Info.Integer | Info.Unsigned, "byte");
export const universeRune: Type = new Basic(BasicKind.Int32, Info.Integer, "rune");

export const universe = new Scope(null, 0, 0, "universe");
export const unsafePackage = new Package("unsafe", "unsafe", new Scope(universe, 0, 0, 'package "unsafe"'));
unsafePackage.complete = true;

function define(obj: Obj): void {
  if (isExported(obj.name)) {
    obj.pkg = unsafePackage;
    unsafePackage.scope.insert(obj);
  } else universe.insert(obj);
}

for (const t of typ) if (!t.name.includes(" ")) define(new TypeName(0, null, t.name, t));
define(new TypeName(0, null, "byte", universeByte));
define(new TypeName(0, null, "rune", universeRune));

/** The interface that `any` stands for: messages call it any. */
export const anyInterface = new Interface();
anyInterface.complete = true;
anyInterface.tset = topTypeSet;

/** interface{} as the checker makes it up. */
export const emptyInterface = new Interface();
emptyInterface.complete = true;
emptyInterface.tset = topTypeSet;

const anyName = new TypeName(0, null, "any", null);
export const universeAny = new Alias(anyName, anyInterface, null);
universeAny.actual = anyInterface;
anyName.type = universeAny;
define(anyName);

function defineNamed(name: string, make: (t: Named) => Interface): Named {
  const obj = new TypeName(0, null, name, null);
  const t = new Named(obj, null, null);
  obj.type = t;
  const u = make(t);
  u.complete = true;
  t.fromRHS = u;
  t.resolved = u;
  define(obj);
  return t;
}

export const universeError: Named = defineNamed("error", (t) => {
  const result = new Var(VarKind.Result, 0, null, "", typ[BasicKind.String]!);
  const sig = new Signature(new Var(VarKind.Recv, 0, null, "", t), emptyTuple, new Tuple([result]), false);
  const u = new Interface();
  u.methods = [new Func(0, null, "Error", sig)];
  u.tset = new TypeSet(u.methods, allTerms, false);
  return u;
});

export const universeComparable: Named = defineNamed("comparable", () => {
  const u = new Interface();
  u.tset = new TypeSet([], allTerms, true);
  return u;
});

define(new Const(0, null, "true", typ[BasicKind.UntypedBool]!, makeBool(true)));
define(new Const(0, null, "false", typ[BasicKind.UntypedBool]!, makeBool(false)));
export const universeIota = new Const(0, null, "iota", typ[BasicKind.UntypedInt]!, makeSmallInt(0));
define(universeIota);
define(new Nil(0, null, "nil", typ[BasicKind.UntypedNil]!));
for (let id = BuiltinId.Append; id < BuiltinId.Assert; id++) define(new Builtin(builtins[id]!.name, invalidType, id));

/** Runs f with the built-in functions assert and trace declared, which the checker's own test data uses. */
export function withPredeclaredTestFuncs<T>(f: () => T): T {
  for (const id of [BuiltinId.Assert, BuiltinId.Trace]) define(new Builtin(builtins[id]!.name, invalidType, id));
  try {
    return f();
  } finally {
    for (const id of [BuiltinId.Assert, BuiltinId.Trace]) universe.remove(builtins[id]!.name);
  }
}
