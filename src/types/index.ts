export { check, checkBody, declarePackage, resolveAll } from "./check.ts";
export type { CheckOptions } from "./checker.ts";
export type { Importer } from "./importer.ts";
export { ErrorCode } from "./errorcodes.ts";
export {
  Alias,
  Basic,
  BasicInfo,
  BasicKind,
  Chan,
  Dir,
  emptyTuple,
  GoArray,
  GoMap,
  Interface,
  Named,
  Pointer,
  Signature,
  Slice,
  Struct,
  Term,
  Tuple,
  type Type,
  TypeKind,
  TypeParam,
  Union,
} from "./types.ts";
export {
  Builtin,
  compareObj,
  compareUtf8,
  Const,
  Func,
  isExported,
  Label,
  Nil,
  type Obj,
  ObjKind,
  objId,
  PkgName,
  samePkg,
  TypeName,
  Var,
  VarKind,
} from "./objects.ts";
export { Scope } from "./scope.ts";
export { DeclInfo } from "./declinfo.ts";
export { FileInfo, type Initializer, type ObjectResolver, Package, resolveObject } from "./package.ts";
export {
  Instance,
  instanceOf,
  Mode,
  objOf,
  Selection,
  SelectionKind,
  selectionOf,
  newTypeAndValue,
  type TypeAndValue,
  tvOf,
} from "./info.ts";
export {
  anyInterface,
  BuiltinId,
  builtins,
  emptyInterface,
  invalidType,
  typ,
  universe,
  universeAny,
  universeByte,
  universeComparable,
  universeError,
  universeIota,
  universeRune,
  withPredeclaredTestFuncs,
  unsafePackage,
} from "./universe.ts";
export {
  asNamed,
  asTypeParam,
  commonUnder,
  constraintInterface,
  defaultType,
  deref,
  identical,
  identicalIgnoreTags,
  isBoolean,
  isComparable,
  isComplex,
  isFloat,
  isInteger,
  isInterface,
  isNumeric,
  isString,
  isTypeParam,
  isUnsigned,
  isUntyped,
  isValid,
  typeParamsOf,
  unalias,
  under,
} from "./predicates.ts";
export { implementsInterface } from "./implements.ts";
export { canon, hashType, TypeMap } from "./hash.ts";
export { hasPtrRecv, instantiate, instantiateSignature, methodAt, numMethods } from "./named.ts";
export { isParameterized, subst, SubstMap, substTypes } from "./subst.ts";
export { type Lookup, lookupFieldOrMethod, type MethodEntry, methodSet } from "./lookup.ts";
export { TypeSet, typeSetOf } from "./typeset.ts";
export { funcName, objectString, type Qualifier, typeString } from "./typestring.ts";
export { pathToPrefix } from "#base";
export { linkString, nameString, typeSymName } from "./linkstring.ts";
export {
  alignof,
  isNotInHeap,
  Layout,
  layoutOf,
  offsetsof,
  pointerBitmap,
  ptrSize,
  setPointerBits,
  sizeof,
} from "./sizes.ts";
export { outerVar } from "./varuse.ts";
export { pointerTo } from "./pointer.ts";
