/** Tables by pc (internal/abi/symtab.go). */
export const enum Pcdata {
  UnsafePoint = 0,
  StackMapIndex = 1,
  ArgLiveIndex = 3,
  PanicBounds = 4,
}

/** Values of PCDATA_UnsafePoint. */
export const enum UnsafePoint {
  Safe = -1,
  Unsafe = -2,
}

/** Tables of a function (internal/abi/symtab.go). */
export const enum Funcdata {
  ArgsPointerMaps = 0,
  LocalsPointerMaps = 1,
  StackObjects = 2,
  ArgInfo = 5,
  ArgLiveInfo = 6,
}
