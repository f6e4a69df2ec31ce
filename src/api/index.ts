export {
  check,
  Checked,
  type ExprInfo,
  type ExprMode,
  type Files,
  type InstanceUse,
  type NameUse,
  type Problem,
  type Range,
  type Request,
  type SelectionUse,
  type Sources,
} from "./check.ts";
export {
  GoObject,
  type GoPackage,
  type GoType,
  type ObjectKind,
  type Position,
  type TypeKindName,
} from "./objects.ts";
