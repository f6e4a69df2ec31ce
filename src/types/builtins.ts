// Calls of built-in functions.
import {
  binaryOp,
  compare,
  ConstKind,
  ConstOp,
  imag,
  makeImag,
  makeSmallInt,
  real,
  sign,
  stringVal,
  toFloat,
  unknown,
  type Value,
} from "#constant";
import { type CallExpr, type Expr, Kind, unparen } from "#syntax";
import { assignableTo } from "./assignability.ts";
import { assignment } from "./assignments.ts";
import { arguments_, use } from "./call.ts";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { exclude, expr, exprList, exprOrType, rawExpr } from "./expr.ts";
import { checkIndex, isValidIndex } from "./indexing.ts";
import { Mode, Selection, SelectionKind } from "./info.ts";
import { lookupFieldOrMethod } from "./lookup.ts";
import { ObjKind, TypeName, Var, VarKind } from "./objects.ts";
import { makeOperand, Operand } from "./operand.ts";
import { matchTypes } from "./operations.ts";
import {
  allOrdered,
  allString,
  allTypes,
  asNamed,
  asTypeParam,
  commonUnder,
  constraintInterface,
  defaultType,
  derefStructPtr,
  identical,
  isBoolean,
  isNumeric,
  isString,
  isTypeParam,
  isUntyped,
  isValid,
  type TypeProblem,
  unalias,
  under,
  underIs,
} from "./predicates.ts";
import { alignof, offsetof, sizeof } from "./sizes.ts";
import { typeSetOf } from "./typeset.ts";
import {
  type Basic,
  BasicKind,
  type Chan,
  Dir,
  emptyTuple,
  Interface,
  type Named,
  Pointer,
  Signature,
  Slice,
  Term,
  Tuple,
  type Type,
  TypeKind,
  TypeParam,
  Union,
} from "./types.ts";
import { record, validVarType, varType } from "./typexpr.ts";
import { BuiltinId, builtins, emptyInterface, typ, universeByte } from "./universe.ts";
import { convertUntyped, recordOperand, updateExprType } from "./untyped.ts";

function makeSig(res: Type | null, ...args: Type[]): Signature {
  const params = args.map((t) => new Var(VarKind.Param, 0, null, "", defaultType(t)));
  const results = res === null ? emptyTuple : new Tuple([new Var(VarKind.Result, 0, null, "", res)]);
  return new Signature(null, params.length === 0 ? emptyTuple : new Tuple(params), results, false);
}

/** Records the signature that the built-in has in this call. */
function recordBuiltin(f: Expr, sig: Signature): void {
  for (;;) {
    record(f, Mode.Builtin, sig, null);
    if (f.kind !== Kind.ParenExpr) return;
    f = f.x;
  }
}

/** The array behind a pointer to an array; other types are themselves. */
export function arrayPtrDeref(t: Type): Type {
  const p = unalias(t);
  if (p.kind === TypeKind.Pointer) {
    const a = under(p.elem);
    if (a.kind === TypeKind.Array) return a;
  }
  return t;
}

const bytes = new Slice(universeByte);

/** Checks a call of the built-in id into x; false after an error. */
export function builtin(c: Checker, x: Operand, call: CallExpr, id: BuiltinId): boolean {
  const argList = call.argList;
  const bin = builtins[id]!;
  if (call.hasDots && id !== BuiltinId.Append) {
    c.error(call, ErrorCode.InvalidDotDotDot, `invalid operation: invalid use of ... with built-in ${bin.name}`);
    use(c, ...argList);
    return false;
  }
  // len and cap are constant if their argument contains no calls: look at that alone.
  const restore = id === BuiltinId.Len || id === BuiltinId.Cap;
  const hasCall = c.env.hasCallOrRecv;
  if (restore) c.env.hasCallOrRecv = false;
  const ok = check(c, x, call, id);
  if (restore) c.env.hasCallOrRecv = hasCall;
  return ok;
}

function check(c: Checker, x: Operand, call: CallExpr, id: BuiltinId): boolean {
  const argList = call.argList;
  const bin = builtins[id]!;
  let args: Operand[] = [];
  let nargs = argList.length;
  if (id !== BuiltinId.Make && id !== BuiltinId.New && id !== BuiltinId.Offsetof && id !== BuiltinId.Trace) {
    args = argList.length === 0 ? [] : exprList(c, argList);
    nargs = args.length;
    for (const a of args) if (a.mode === Mode.Invalid) return false;
    if (nargs > 0) x.copyFrom(args[0]!);
  }
  let msg = "";
  if (nargs < bin.nargs) msg = "not enough";
  else if (!bin.variadic && nargs > bin.nargs) msg = "too many";
  if (msg !== "") {
    c.error(
      call,
      ErrorCode.WrongArgCount,
      `invalid operation: ${msg} arguments for ${c.es(call)} (expected ${bin.nargs}, found ${nargs})`,
    );
    return false;
  }
  switch (id) {
    case BuiltinId.Append:
      return append(c, x, call, args);
    case BuiltinId.Cap:
    case BuiltinId.Len:
      return lenCap(c, x, call, id);
    case BuiltinId.Clear: {
      c.verifyVersion(call.fun, 21, "clear");
      const ok = underIs(x.type, (u) => {
        if (u !== null && (u.kind === TypeKind.Map || u.kind === TypeKind.Slice)) return true;
        c.error(
          x,
          ErrorCode.InvalidClear,
          `invalid argument: cannot clear ${c.ops(x)}: argument must be (or constrained by) map or slice`,
        );
        return false;
      });
      if (!ok) return false;
      x.mode = Mode.NoValue;
      recordBuiltin(call.fun, makeSig(null, x.type));
      return true;
    }
    case BuiltinId.Close: {
      const ok = underIs(x.type, (u) => {
        if (u === null || u.kind !== TypeKind.Chan) {
          c.error(x, ErrorCode.InvalidClose, `invalid operation: cannot close non-channel ${c.ops(x)}`);
          return false;
        }
        if ((u as Chan).dir === Dir.RecvOnly) {
          c.error(x, ErrorCode.InvalidClose, `invalid operation: cannot close receive-only channel ${c.ops(x)}`);
          return false;
        }
        return true;
      });
      if (!ok) return false;
      x.mode = Mode.NoValue;
      recordBuiltin(call.fun, makeSig(null, x.type));
      return true;
    }
    case BuiltinId.Complex:
      return complex(c, x, args[1]!, call);
    case BuiltinId.Copy:
      return copy(c, x, args[1]!, call);
    case BuiltinId.Delete: {
      const map = x.type;
      let key: Type | null = null;
      const ok = underIs(map, (u) => {
        if (u === null || u.kind !== TypeKind.Map) {
          c.error(x, ErrorCode.InvalidDelete, `invalid argument: ${c.ops(x)} is not a map`);
          return false;
        }
        if (key !== null && !identical(u.key, key)) {
          c.error(x, ErrorCode.InvalidDelete, `invalid argument: maps of ${c.ops(x)} must have identical key types`);
          return false;
        }
        key = u.key;
        return true;
      });
      if (!ok || key === null) return false;
      x.copyFrom(args[1]!);
      assignment(c, x, key, "argument to delete");
      if (x.mode === Mode.Invalid) return false;
      x.mode = Mode.NoValue;
      recordBuiltin(call.fun, makeSig(null, map, key));
      return true;
    }
    case BuiltinId.Imag:
    case BuiltinId.Real:
      return realImag(c, x, call, id);
    case BuiltinId.Make:
      return make(c, x, call);
    case BuiltinId.Max:
    case BuiltinId.Min:
      return minMax(c, x, call, args, id);
    case BuiltinId.New: {
      const arg = argList[0]!;
      exprOrType(c, x, arg, false);
      exclude(c, x, (1 << Mode.NoValue) | (1 << Mode.Builtin));
      if (x.mode === Mode.Invalid) return false;
      if (x.mode === Mode.TypeExpr) validVarType(c, arg, x.type);
      else {
        // new(expr) makes a variable with that value.
        if (isUntyped(x.type)) {
          assignment(c, x, null, "argument to new");
          if ((x.mode as Mode) === Mode.Invalid) return false;
        }
        c.verifyVersion(call.fun, 26, () => `new(${c.es(arg)})`);
      }
      const t = x.type;
      x.mode = Mode.Value;
      x.type = new Pointer(t);
      recordBuiltin(call.fun, makeSig(x.type, t));
      return true;
    }
    case BuiltinId.Panic:
      // A function that ends in a call of panic needs no return.
      if (c.env.sig !== null && c.env.sig.results.vars.length > 0) {
        c.env.isPanic ??= new Set();
        c.env.isPanic.add(call);
      }
      assignment(c, x, emptyInterface, "argument to panic");
      if (x.mode === Mode.Invalid) return false;
      x.mode = Mode.NoValue;
      recordBuiltin(call.fun, makeSig(null, emptyInterface));
      return true;
    case BuiltinId.Print:
    case BuiltinId.Println: {
      const params: Type[] = [];
      for (const a of args) {
        assignment(c, a, null, `argument to built-in ${bin.name}`);
        if (a.mode === Mode.Invalid) return false;
        params.push(a.type);
      }
      x.mode = Mode.NoValue;
      recordBuiltin(call.fun, makeSig(null, ...params));
      return true;
    }
    case BuiltinId.Recover:
      x.mode = Mode.Value;
      x.type = emptyInterface;
      recordBuiltin(call.fun, makeSig(x.type));
      return true;
    case BuiltinId.Assert:
      if (x.mode !== Mode.Constant || !isBoolean(x.type)) {
        c.error(x, ErrorCode.Test, `invalid argument: ${c.ops(x)} is not a boolean constant`);
        return false;
      }
      if (x.val!.kind === ConstKind.Bool && !x.val!.value) c.error(call, ErrorCode.Test, `${c.es(call)} failed`);
      return true;
    case BuiltinId.Trace: {
      if (nargs === 0) {
        x.mode = Mode.NoValue;
        return true;
      }
      let target = x;
      for (const arg of argList) {
        rawExpr(c, null, target, arg, null, false);
        target = new Operand();
      }
      return x.mode !== Mode.Invalid;
    }
    default:
      return unsafeBuiltin(c, x, call, id, args);
  }
}

/** The element type of a slice operand, all types of a type set agreeing. */
function sliceElem(c: Checker, x: Operand): { elem: Type; problem: string } {
  let elem: Type | null = null;
  let problem = "";
  allTypes(x.type, (_, u) => {
    if (u === null || u.kind !== TypeKind.Slice) {
      problem = x.isNil ? "argument must be a slice; have untyped nil" : `argument must be a slice; have ${c.ops(x)}`;
      return false;
    }
    if (elem === null) elem = u.elem;
    else if (!identical(elem, u.elem)) {
      problem = `mismatched slice element types ${c.ts(elem)} and ${c.ts(u.elem)} in ${c.ops(x)}`;
      return false;
    }
    return true;
  });
  return { elem: elem ?? typ[BasicKind.Invalid]!, problem };
}

/** Whether all types of y are strings or byte slices; strings: at least one is a string. */
function bytesOrStrings(y: Type): { ok: boolean; strings: boolean } {
  let strings = false;
  const ok = allTypes(y, (_, u) => {
    if (u === null) return false;
    if (u.kind === TypeKind.Slice && identical(u.elem, universeByte)) return true;
    if (isString(u)) {
      strings = true;
      return true;
    }
    return false;
  });
  return { ok, strings };
}

function append(c: Checker, x: Operand, call: CallExpr, args: Operand[]): boolean {
  const { elem, problem } = sliceElem(c, x);
  if (problem !== "") {
    c.error(x, ErrorCode.InvalidAppend, `invalid append: ${problem}`);
    return false;
  }
  let sig: Signature | null = null;
  // append([]byte, string...)
  if (args.length === 2 && call.hasDots && assignableTo(c, x, bytes, null) === 0) {
    const y = args[1]!;
    const r = bytesOrStrings(y.type);
    if (r.ok && r.strings) {
      sig = makeSig(x.type, x.type, y.type);
      sig.variadic = true;
      if (isUntyped(y.type)) convertUntyped(c, y, typ[BasicKind.String]!);
    }
  }
  if (sig === null) {
    sig = makeSig(x.type, x.type, new Slice(elem));
    sig.variadic = true;
    arguments_(c, call, sig, [], [], args, []);
  }
  recordBuiltin(call.fun, sig);
  x.mode = Mode.Value;
  return true;
}

function lenCap(c: Checker, x: Operand, call: CallExpr, id: BuiltinId): boolean {
  const isLen = id === BuiltinId.Len;
  let mode = Mode.Invalid as Mode;
  let val: Value | null = null;
  const t = arrayPtrDeref(under(x.type));
  switch (t.kind) {
    case TypeKind.Basic:
      if (isString(t) && isLen) {
        if (x.mode === Mode.Constant) {
          mode = Mode.Constant;
          val = x.val!.kind === ConstKind.String ? makeSmallInt(stringVal(x.val!).length) : unknown;
        } else mode = Mode.Value;
      }
      break;
    case TypeKind.Array:
      mode = Mode.Value;
      if (!c.env.hasCallOrRecv) {
        mode = Mode.Constant;
        val = t.len >= 0 ? makeSmallInt(t.len) : unknown;
      }
      break;
    case TypeKind.Slice:
    case TypeKind.Chan:
      mode = Mode.Value;
      break;
    case TypeKind.Map:
      if (isLen) mode = Mode.Value;
      break;
    case TypeKind.Interface:
      if (!isTypeParam(x.type)) break;
      if (
        underIs(x.type, (u) => {
          if (u === null) return false;
          const a = arrayPtrDeref(u);
          switch (a.kind) {
            case TypeKind.Basic:
              return isString(a) && isLen;
            case TypeKind.Array:
            case TypeKind.Slice:
            case TypeKind.Chan:
              return true;
            case TypeKind.Map:
              return isLen;
            default:
              return false;
          }
        })
      )
        mode = Mode.Value;
      break;
  }
  if (mode === Mode.Invalid) {
    if (isValid(under(x.type))) {
      const code = isLen ? ErrorCode.InvalidLen : ErrorCode.InvalidCap;
      c.error(x, code, `invalid argument: ${c.ops(x)} for built-in ${isLen ? "len" : "cap"}`);
    }
    return false;
  }
  if (mode !== Mode.Constant) recordBuiltin(call.fun, makeSig(typ[BasicKind.Int]!, x.type));
  x.mode = mode;
  x.type = typ[BasicKind.Int]!;
  x.val = val;
  return true;
}

/** Applies f to the type of x; for a type parameter makes up one whose terms are the results. */
function applyTypeFunc(
  c: Checker,
  f: (t: Type) => Type | null,
  x: Operand,
  id: BuiltinId,
  code: ErrorCode,
): Type | null {
  const p = asTypeParam(x.type);
  if (p === null) return f(x.type);
  const terms: Term[] = [];
  const ok = typeSetOf(constraintInterface(p)).is((t) => {
    if (t === null) return false;
    const r = f(t.type);
    if (r === null) return false;
    terms.push(new Term(t.tilde, r));
    return true;
  });
  if (!ok) return null;
  c.softError(
    x,
    code,
    `${c.ops(x)} not supported as argument to built-in ${builtins[id]!.name} for go1.18 (see go.dev/issue/50937)`,
  );
  const bound = new Interface();
  bound.embeddeds = [new Union(terms)];
  bound.complete = true;
  const obj = new TypeName(0, c.pkg, p.obj.name, null);
  const made = new TypeParam(obj, bound);
  obj.type = made;
  made.index = p.index;
  return made;
}

function complexOf(t: Type): Type | null {
  const u = under(t);
  if (u.kind !== TypeKind.Basic) return null;
  switch (u.basic) {
    case BasicKind.Float32:
      return typ[BasicKind.Complex64]!;
    case BasicKind.Float64:
      return typ[BasicKind.Complex128]!;
    case BasicKind.UntypedFloat:
      return typ[BasicKind.UntypedComplex]!;
    default:
      return null;
  }
}

function floatOf(t: Type): Type | null {
  const u = under(t);
  if (u.kind !== TypeKind.Basic) return null;
  switch (u.basic) {
    case BasicKind.Complex64:
      return typ[BasicKind.Float32]!;
    case BasicKind.Complex128:
      return typ[BasicKind.Float64]!;
    case BasicKind.UntypedComplex:
      return typ[BasicKind.UntypedFloat]!;
    default:
      return null;
  }
}

function complex(c: Checker, x: Operand, y: Operand, call: CallExpr): boolean {
  const ux = isUntyped(x.type);
  const uy = isUntyped(y.type);
  if (ux && !uy) convertUntyped(c, x, y.type);
  else if (uy && !ux) convertUntyped(c, y, x.type);
  else if (ux && uy) {
    if (x.mode === Mode.Constant && y.mode === Mode.Constant) {
      // Constants without imaginary part are taken to be floating-point.
      for (const z of [x, y]) if (isNumeric(z.type) && sign(imag(z.val!)) === 0) z.type = typ[BasicKind.UntypedFloat]!;
    } else {
      convertUntyped(c, x, typ[BasicKind.Float64]!);
      convertUntyped(c, y, typ[BasicKind.Float64]!);
    }
  }
  if (x.mode === Mode.Invalid || y.mode === Mode.Invalid) return false;
  if (!identical(x.type, y.type)) {
    c.error(
      x,
      ErrorCode.InvalidComplex,
      `invalid operation: ${c.es(call)} (mismatched types ${c.ts(x.type)} and ${c.ts(y.type)})`,
    );
    return false;
  }
  const res = applyTypeFunc(c, complexOf, x, BuiltinId.Complex, ErrorCode.InvalidComplex);
  if (res === null) {
    c.error(
      x,
      ErrorCode.InvalidComplex,
      `invalid argument: arguments have type ${c.ts(x.type)}, expected floating-point`,
    );
    return false;
  }
  if (x.mode === Mode.Constant && y.mode === Mode.Constant) {
    x.val = binaryOp(toFloat(x.val!), ConstOp.Add, makeImag(toFloat(y.val!)));
  } else x.mode = Mode.Value;
  if ((x.mode as Mode) !== Mode.Constant) recordBuiltin(call.fun, makeSig(res, x.type, x.type));
  x.type = res;
  return true;
}

function realImag(c: Checker, x: Operand, call: CallExpr, id: BuiltinId): boolean {
  const code = id === BuiltinId.Real ? ErrorCode.InvalidReal : ErrorCode.InvalidImag;
  if (isUntyped(x.type)) {
    if (x.mode === Mode.Constant) {
      if (isNumeric(x.type)) x.type = typ[BasicKind.UntypedComplex]!;
    } else {
      // A shift of which the type is not known.
      convertUntyped(c, x, typ[BasicKind.Complex128]!);
      if (x.mode === Mode.Invalid) return false;
    }
  }
  const res = applyTypeFunc(c, floatOf, x, id, code);
  if (res === null) {
    c.error(x, code, `invalid argument: argument has type ${c.ts(x.type)}, expected complex type`);
    return false;
  }
  if (x.mode === Mode.Constant) x.val = id === BuiltinId.Real ? real(x.val!) : imag(x.val!);
  else x.mode = Mode.Value;
  if ((x.mode as Mode) !== Mode.Constant) recordBuiltin(call.fun, makeSig(res, x.type));
  x.type = res;
  return true;
}

function copy(c: Checker, x: Operand, y: Operand, call: CallExpr): boolean {
  const special = assignableTo(c, x, bytes, null) === 0 && bytesOrStrings(y.type).ok;
  if (!special) {
    const dst = sliceElem(c, x);
    if (dst.problem !== "") {
      c.error(x, ErrorCode.InvalidCopy, `invalid copy: ${dst.problem}`);
      return false;
    }
    const src = sliceElem(c, y);
    let srcElem = src.elem;
    if (src.problem !== "") {
      if (!allString(y.type)) {
        c.error(y, ErrorCode.InvalidCopy, `invalid copy: ${src.problem}`);
        return false;
      }
      srcElem = universeByte;
    }
    if (!identical(dst.elem, srcElem)) {
      c.error(
        x,
        ErrorCode.InvalidCopy,
        `invalid copy: arguments ${c.ops(x)} and ${c.ops(y)} have different element types ${c.ts(dst.elem)} and ${c.ts(srcElem)}`,
      );
      return false;
    }
  }
  // A constant string becomes a string here; its type is not otherwise used.
  if (isUntyped(y.type)) convertUntyped(c, y, typ[BasicKind.String]!);
  recordBuiltin(call.fun, makeSig(typ[BasicKind.Int]!, x.type, y.type));
  x.mode = Mode.Value;
  x.type = typ[BasicKind.Int]!;
  return true;
}

function make(c: Checker, x: Operand, call: CallExpr): boolean {
  const argList = call.argList;
  const arg0 = argList[0]!;
  const T = varType(c, arg0);
  if (!isValid(T)) return false;
  const r = commonUnder(T, (_, u): TypeProblem | null => {
    if (u === null) return { format: "no specific type", args: [] };
    switch (u.kind) {
      case TypeKind.Slice:
      case TypeKind.Map:
      case TypeKind.Chan:
        return null;
      default:
        return { format: "type must be slice, map, or channel", args: [] };
    }
  });
  if (r.under === null) {
    c.error(arg0, ErrorCode.InvalidMake, `invalid argument: cannot make ${c.es(arg0)}: ${c.problem(r.problem)}`);
    return false;
  }
  const min = r.under.kind === TypeKind.Slice ? 2 : 1;
  const nargs = argList.length;
  if (nargs < min || min + 1 < nargs) {
    c.error(
      call,
      ErrorCode.WrongArgCount,
      `invalid operation: ${c.es(call)} expects ${min} or ${min + 1} arguments; found ${nargs}`,
    );
    return false;
  }
  const types: Type[] = [T];
  const sizes: number[] = [];
  for (let i = 1; i < nargs; i++) {
    const s = checkIndex(c, argList[i]!, -1);
    types.push(s.type);
    if (s.value >= 0) sizes.push(s.value);
  }
  if (sizes.length === 2 && sizes[0]! > sizes[1]!)
    c.error(argList[1]!, ErrorCode.SwappedMakeArgs, "invalid argument: length and capacity swapped");
  x.mode = Mode.Value;
  x.type = T;
  recordBuiltin(call.fun, makeSig(T, ...types));
  return true;
}

function minMax(c: Checker, x: Operand, call: CallExpr, args: Operand[], id: BuiltinId): boolean {
  const name = builtins[id]!.name;
  c.verifyVersion(call.fun, 21, `built-in ${name}`);
  const op = id === BuiltinId.Max ? ConstOp.Gtr : ConstOp.Lss;
  for (let i = 0; i < args.length; i++) {
    const a = args[i]!;
    if (!allOrdered(a.type)) {
      c.error(a, ErrorCode.InvalidMinMaxOperand, `invalid argument: ${c.ops(a)} cannot be ordered`);
      return false;
    }
    if (i === 0) continue;
    matchTypes(c, x, a);
    if (x.mode === Mode.Invalid) return false;
    if (!identical(x.type, a.type)) {
      c.error(
        a,
        ErrorCode.MismatchedTypes,
        `invalid argument: mismatched types ${c.ts(x.type)} (previous argument) and ${c.ts(a.type)} (type of ${c.es(a.expr!)})`,
      );
      return false;
    }
    if (x.mode === Mode.Constant && a.mode === Mode.Constant) {
      if (x.val!.kind !== ConstKind.Unknown && a.val!.kind !== ConstKind.Unknown && compare(a.val!, op, x.val!))
        x.copyFrom(a);
    } else x.mode = Mode.Value;
  }
  // With non-constant results the arguments, untyped ones among them, get the common type.
  if (x.mode !== Mode.Constant) {
    x.mode = Mode.Value;
    assignment(c, x, emptyInterface, `argument to built-in ${name}`);
    if ((x.mode as Mode) === Mode.Invalid) return false;
  }
  for (const a of args) updateExprType(c, a.expr!, x.type, true);
  if (x.mode !== Mode.Constant) recordBuiltin(call.fun, makeSig(x.type, ...args.map(() => x.type)));
  return true;
}

/** Whether the size of values of type t depends on type arguments. */
function hasVarSize(t: Type, seen: Map<Named, boolean>): boolean {
  const n = asNamed(t);
  if (n !== null) {
    const known = seen.get(n);
    if (known !== undefined) return known;
    seen.set(n, true);
  }
  let r = false;
  const u = under(t);
  if (u.kind === TypeKind.Array) r = hasVarSize(u.elem, seen);
  else if (u.kind === TypeKind.Struct) r = u.fields.some((f) => hasVarSize(f.type!, seen));
  else if (u.kind === TypeKind.Interface) r = isTypeParam(t);
  if (n !== null) seen.set(n, r);
  return r;
}

function sizeResult(c: Checker, x: Operand, call: CallExpr, size: () => number): boolean {
  const uintptr = typ[BasicKind.Uintptr]!;
  if (hasVarSize(x.type, new Map())) {
    x.mode = Mode.Value;
    recordBuiltin(call.fun, makeSig(uintptr, x.type));
  } else {
    const n = size();
    if (n < 0) {
      c.error(x, ErrorCode.TypeTooLarge, `${c.ops(x)} is too large`);
      return false;
    }
    x.mode = Mode.Constant;
    x.val = makeSmallInt(n);
  }
  x.type = uintptr;
  return true;
}

function unsafeBuiltin(c: Checker, x: Operand, call: CallExpr, id: BuiltinId, args: Operand[]): boolean {
  const argList = call.argList;
  switch (id) {
    case BuiltinId.Add: {
      c.verifyVersion(call.fun, 17, "unsafe.Add");
      assignment(c, x, typ[BasicKind.UnsafePointer]!, "argument to unsafe.Add");
      if (x.mode === Mode.Invalid) return false;
      const y = args[1]!;
      if (!isValidIndex(c, y, ErrorCode.InvalidUnsafeAdd, "length", true)) return false;
      x.mode = Mode.Value;
      x.type = typ[BasicKind.UnsafePointer]!;
      recordBuiltin(call.fun, makeSig(x.type, x.type, y.type));
      return true;
    }
    case BuiltinId.Alignof:
      assignment(c, x, null, "argument to unsafe.Alignof");
      if (x.mode === Mode.Invalid) return false;
      return sizeResult(c, x, call, () => alignof(x.type));
    case BuiltinId.Sizeof:
      assignment(c, x, null, "argument to unsafe.Sizeof");
      if (x.mode === Mode.Invalid) return false;
      return sizeResult(c, x, call, () => sizeof(x.type));
    case BuiltinId.Offsetof:
      return offsetOf(c, x, call, argList[0]!);
    case BuiltinId.Slice: {
      c.verifyVersion(call.fun, 17, "unsafe.Slice");
      const ptr = commonUnder(x.type, null).under;
      if (ptr === null || ptr.kind !== TypeKind.Pointer) {
        c.error(x, ErrorCode.InvalidUnsafeSlice, `invalid argument: ${c.ops(x)} is not a pointer`);
        return false;
      }
      const y = args[1]!;
      if (!isValidIndex(c, y, ErrorCode.InvalidUnsafeSlice, "length", false)) return false;
      x.mode = Mode.Value;
      x.type = new Slice(ptr.elem);
      recordBuiltin(call.fun, makeSig(x.type, ptr, y.type));
      return true;
    }
    case BuiltinId.SliceData: {
      c.verifyVersion(call.fun, 20, "unsafe.SliceData");
      const s = commonUnder(x.type, null).under;
      if (s === null || s.kind !== TypeKind.Slice) {
        c.error(x, ErrorCode.InvalidUnsafeSliceData, `invalid argument: ${c.ops(x)} is not a slice`);
        return false;
      }
      x.mode = Mode.Value;
      x.type = new Pointer(s.elem);
      recordBuiltin(call.fun, makeSig(x.type, s));
      return true;
    }
    case BuiltinId.String: {
      c.verifyVersion(call.fun, 20, "unsafe.String");
      const ptr = new Pointer(universeByte);
      assignment(c, x, ptr, "argument to unsafe.String");
      if (x.mode === Mode.Invalid) return false;
      const y = args[1]!;
      if (!isValidIndex(c, y, ErrorCode.InvalidUnsafeString, "length", false)) return false;
      x.mode = Mode.Value;
      x.type = typ[BasicKind.String]!;
      recordBuiltin(call.fun, makeSig(x.type, ptr, y.type));
      return true;
    }
    default: {
      c.verifyVersion(call.fun, 20, "unsafe.StringData");
      assignment(c, x, typ[BasicKind.String]!, "argument to unsafe.StringData");
      if (x.mode === Mode.Invalid) return false;
      x.mode = Mode.Value;
      x.type = new Pointer(universeByte);
      recordBuiltin(call.fun, makeSig(x.type, typ[BasicKind.String]!));
      return true;
    }
  }
}

function offsetOf(c: Checker, x: Operand, call: CallExpr, arg0: Expr): boolean {
  const selx = unparen(arg0);
  if (selx.kind !== Kind.SelectorExpr) {
    c.error(arg0, ErrorCode.BadOffsetofSyntax, `invalid argument: ${c.es(arg0)} is not a selector expression`);
    use(c, arg0);
    return false;
  }
  expr(c, null, x, selx.x);
  if (x.mode === Mode.Invalid) return false;
  const base = derefStructPtr(x.type);
  const sel = selx.sel.value;
  const r = lookupFieldOrMethod(base, false, c.pkg, sel);
  const obj = r.obj;
  if (obj === null) {
    c.error(x, ErrorCode.MissingFieldOrMethod, `invalid argument: ${c.ts(base)} has no single field ${sel}`);
    return false;
  }
  if (obj.kind === ObjKind.Func) {
    c.error(arg0, ErrorCode.InvalidOffsetof, `invalid argument: ${c.es(arg0)} is a method value`);
    return false;
  }
  if (r.indirect) {
    c.error(x, ErrorCode.InvalidOffsetof, `invalid argument: field ${sel} is embedded via a pointer in ${c.ts(base)}`);
    return false;
  }
  selx.sel.obj = obj;
  selx.selection = new Selection(SelectionKind.FieldVal, base, obj, r.index!, false);
  recordOperand(makeOperand(x.mode === Mode.Variable ? Mode.Variable : Mode.Value, selx, obj.type!));
  const uintptr = typ[BasicKind.Uintptr]!;
  if (hasVarSize(base, new Map())) {
    x.mode = Mode.Value;
    recordBuiltin(call.fun, makeSig(uintptr, obj.type!));
  } else {
    const n = offsetof(base, r.index!);
    if (n < 0) {
      c.error(x, ErrorCode.TypeTooLarge, `${c.ops(x)} is too large`);
      return false;
    }
    x.mode = Mode.Constant;
    x.val = makeSmallInt(n);
  }
  x.type = uintptr;
  return true;
}

export type { Basic };
