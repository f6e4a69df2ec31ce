import { type Initializer, TypeKind, under } from "#types";
import { pureNodes } from "./effects.ts";

// Large maps that only initialisation fills get a function of their own, which the linker leaves out with the variable if
// nothing uses that (cmd/compile/internal/staticinit: OutlineMapInits; cmd/link knows such functions by "map.init" in the name).

/** An initialiser with fewer nodes than this is not worth a function. */
const minNodes = 20;

/** Whether an initialiser fills a map and does nothing else that could be seen. */
export function isMapInit(init: Initializer): boolean {
  const v = init.lhs[0];
  if (init.lhs.length !== 1 || v === undefined || v.name === "_" || under(v.type!).kind !== TypeKind.Map) return false;
  return pureNodes(init.rhs) >= minNodes;
}
