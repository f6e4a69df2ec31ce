import {
  type Func,
  isExported,
  linkString,
  type Named,
  pathToPrefix,
  type Type,
  TypeKind,
  typeSymName,
  unalias,
} from "#types";

// Symbol names of functions and methods (contract 11.3, 14.4; cmd/compile/internal/ir: MethodSymSuffix).

/** P.F, P.F[int,string] */
export function funcSymbol(fn: Func, targs: readonly Type[] | null): string {
  return `${pathToPrefix(fn.pkg!.path)}.${fn.name}${targs === null || targs.length === 0 ? "" : bracketed(targs)}`;
}

function bracketed(targs: readonly Type[]): string {
  return `[${targs.map((t) => linkString(t)).join(",")}]`;
}

/** P.T.M, P.(*T).M, and the same for types without names, under package "go". */
export function methodSymbol(recv: Type, m: Func, suffix = ""): string {
  let t = unalias(recv);
  const pointer = t.kind === TypeKind.Pointer;
  if (t.kind === TypeKind.Pointer) t = unalias(t.elem);
  const named: Named | null = t.kind === TypeKind.Named ? t : null;
  const path = named === null ? "go" : (named.obj.pkg?.path ?? "go:builtin");
  const text = named === null ? linkString(t) : typeSymName(named);
  let s = `${named !== null && named.obj.pkg === null ? path : pathToPrefix(path)}.${pointer ? `(*${text})` : text}`;
  if (!isExported(m.name) && m.pkg !== null && (named === null || named.obj.pkg?.path !== m.pkg.path)) {
    s += `.${pathToPrefix(m.pkg.path)}`;
  }
  return `${s}.${m.name}${suffix}`;
}
