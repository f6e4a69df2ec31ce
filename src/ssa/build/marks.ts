import { ConstKind, stringVal } from "#constant";
import type { Expr } from "#syntax";
import { BasicKind, type Signature, type Type, TypeKind, under } from "#types";
import { FuncFlag } from "../core/index.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** Functions of package reflect that are the methods themselves: their callers are marked, not they. */
const reflectOwn = new Set([
  "reflect.(*rtype).Method",
  "reflect.(*rtype).MethodByName",
  "reflect.(*interfaceType).Method",
  "reflect.(*interfaceType).MethodByName",
  "reflect.Value.Method",
  "reflect.Value.MethodByName",
]);

/**
 * A call of reflect's Method or MethodByName may reach any exported method, which the linker has to know
 * (cmd/compile/internal/walk: usemethod). Recognised by signature, since the call may go through an interface.
 * receivers: parameters before the method's own (1 for method expressions).
 */
export function markReflectMethod(b: FuncBuilder, name: string, sig: Signature, arg: Expr | null, receivers = 0): void {
  if (name !== "Method" && name !== "MethodByName") return;
  const params = sig.params.vars;
  const results = sig.results.vars;
  if (params.length !== 1 + receivers || (results.length !== 1 && results.length !== 2)) return;
  const kind = under(params[receivers]!.type!);
  const wanted = name === "Method" ? BasicKind.Int : BasicKind.String;
  if (kind.kind !== TypeKind.Basic || kind.basic !== wanted || !isReflectResult(results[0]!.type!)) return;
  if (reflectOwn.has(b.f.name)) return;
  const c = name === "MethodByName" && arg !== null ? b.constOf(arg) : null;
  if (c !== null && c.kind === ConstKind.String) b.mark("useNamedMethod", stringVal(c));
  else b.f.flags |= FuncFlag.ReflectMethod;
}

function isReflectResult(t: Type): boolean {
  if (t.kind !== TypeKind.Named) return false;
  const path = t.obj.pkg?.path;
  return path === "reflect" && (t.obj.name === "Method" || t.obj.name === "Value");
}
