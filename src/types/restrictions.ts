// What cmd/compile refuses besides what the language does: restrictions of the implementation, and directives where they
// have no meaning. cmd/compile/internal/noder/irgen.go (checkFiles) and writer.go.
import {
  type ArrayType,
  type ChanType,
  type ConstDecl,
  children,
  endPos,
  type File,
  type FuncDecl,
  type InterfaceType,
  isStmt,
  Kind,
  type Name,
  type Node,
  type Pragma,
  PragmaFlag,
  startPos,
  type StructType,
  type TypeDecl,
  unquote,
  type VarDecl,
} from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import type { Instance, TypeAndValue } from "./info.ts";
import { type Func, type Obj, ObjKind, type Var } from "./objects.ts";
import { unalias, under } from "./predicates.ts";
import { isNotInHeap, sizeof } from "./sizes.ts";
import { isParameterized } from "./subst.ts";
import { typeString } from "./typestring.ts";
import { typeSetOf } from "./typeset.ts";
import { type Interface, type Type, TypeKind } from "./types.ts";

const noCode = 0 as ErrorCode;

/** No type has more bytes than this. */
const maxWidth = 2 ** 50;

/** What the checker notes on its way, so that the tree need not be walked again. */
export class Noted {
  /** Type expressions of channels, arrays, structs, maps and interfaces. */
  readonly typeExprs: (ChanType | ArrayType | StructType | InterfaceType)[] = [];
  /** Names that stand for instances. */
  readonly instances: Name[] = [];
  readonly typeDecls: TypeDecl[] = [];
  /** Declarations in functions that directives stick to. */
  readonly localDecls: (ConstDecl | TypeDecl | VarDecl)[] = [];
}

/** Runs the compiler's own checks; each group only if those before found nothing. */
export function restrictions(c: Checker): void {
  const noted = c.noted!;
  const groups = [anonymousCycles, notInHeapArguments, notInHeapElements, directives, sizes];
  for (const group of groups) {
    // Errors of the parser that let the checker run count too.
    if (c.options.diagnostics.hasErrors) return;
    group(c, noted);
  }
}

/** Interface literals that contain themselves through methods. */
function anonymousCycles(c: Checker, noted: Noted): void {
  const cyclic = new Map<Interface, boolean>();
  // In the order of the source, and only the outermost of nested literals.
  const literals = noted.typeExprs.filter((n) => n.kind === Kind.InterfaceType && n.methodList.length > 0);
  literals.sort((a, b) => a.pos - b.pos);
  let end = 0;
  for (const n of literals) {
    if (n.pos < end) continue;
    end = endPos(n);
    const tv = n.tv as TypeAndValue | null;
    const t = tv === null ? null : unalias(tv.type);
    if (t === null || t.kind !== TypeKind.Interface || !interfaceCycle(t, cyclic)) continue;
    c.error(
      n.pos,
      ErrorCode.InvalidTypeCycle,
      "invalid recursive type: anonymous interface refers to itself (see https://go.dev/issue/56103)",
    );
    for (const k of cyclic.keys()) cyclic.set(k, false);
  }
}

function interfaceCycle(t: Interface, cyclic: Map<Interface, boolean>): boolean {
  for (const m of typeSetOf(t).methods) if (inCycle(m.type!, cyclic)) return true;
  return false;
}

function inCycle(t: Type, cyclic: Map<Interface, boolean>): boolean {
  t = unalias(t);
  switch (t.kind) {
    case TypeKind.Pointer:
    case TypeKind.Array:
    case TypeKind.Slice:
    case TypeKind.Chan:
      return inCycle(t.elem, cyclic);
    case TypeKind.Map:
      return inCycle(t.key, cyclic) || inCycle(t.elem, cyclic);
    case TypeKind.Struct:
      return t.fields.some((f) => inCycle(f.type!, cyclic));
    case TypeKind.Signature:
      return (
        t.params.vars.some((v) => inCycle(v.type!, cyclic)) || t.results.vars.some((v) => inCycle(v.type!, cyclic))
      );
    case TypeKind.Interface: {
      if (t.methods.length === 0 && t.embeddeds.length === 0) return false;
      const known = cyclic.get(t);
      if (known !== undefined) return known;
      cyclic.set(t, true);
      if (interfaceCycle(t, cyclic)) return true;
      cyclic.set(t, false);
      return false;
    }
    default:
      return false;
  }
}

function notInHeapArguments(c: Checker, noted: Noted): void {
  const names = noted.instances.slice().sort((a, b) => a.pos - b.pos);
  for (const n of names) {
    for (const t of (n.inst as Instance).targs)
      if (isNotInHeap(t))
        c.error(n.pos, noCode, `cannot use incomplete (or unallocatable) type as a type argument: ${typeString(t)}`);
  }
}

function notInHeapElements(c: Checker, noted: Noted): void {
  for (const n of noted.typeDecls) {
    const tv = n.type.tv as TypeAndValue | null;
    if (tv === null) continue;
    const u = under(tv.type);
    if (n.type.kind === Kind.MapType && u.kind === TypeKind.Map) {
      if (isNotInHeap(u.key)) c.error(n.type.pos, noCode, "incomplete (or unallocatable) map key not allowed");
      if (isNotInHeap(u.elem)) c.error(n.type.pos, noCode, "incomplete (or unallocatable) map value not allowed");
    } else if (n.type.kind === Kind.ChanType && u.kind === TypeKind.Chan && isNotInHeap(u.elem))
      c.error(n.type.pos, noCode, "chan of incomplete (or unallocatable) type not allowed");
  }
}

/** Types that are too large to exist. cmd/compile/internal/types/size.go. */
function sizes(c: Checker, noted: Noted): void {
  for (const n of noted.typeExprs) {
    if (n.kind === Kind.InterfaceType) continue;
    const tv = n.tv as TypeAndValue | null;
    if (tv === null || isParameterized(tv.type)) continue;
    const u = under(tv.type);
    switch (u.kind) {
      case TypeKind.Chan: {
        const s = sizeof(u.elem);
        if (s < 0 || s >= 1 << 16) c.error(declarationOf(c, n.pos), noCode, "channel element type too large (>64kB)");
        break;
      }
      case TypeKind.Array: {
        const s = sizeof(u.elem);
        if (s > 0 && u.len > Math.floor((maxWidth - 1) / s))
          c.error(declarationOf(c, n.pos), noCode, `type ${c.ts(tv.type)} larger than address space`);
        break;
      }
      case TypeKind.Struct: {
        const s = sizeof(u);
        if (s < 0 || s >= maxWidth) c.error(n.pos, noCode, `type ${c.ts(tv.type)} too large`);
        break;
      }
    }
  }
}

/** Where gc is when it comes to know a type: at the name that is declared with it, or at the statement. */
function declarationOf(c: Checker, pos: number): number {
  let at = pos;
  const visit = (n: Node): void => {
    if (startPos(n) > pos || endPos(n) < pos) return;
    if (n.kind === Kind.VarDecl || n.kind === Kind.ConstDecl) at = n.nameList[0]!.pos;
    else if (n.kind === Kind.TypeDecl || n.kind === Kind.FuncDecl) at = n.name.pos;
    else if (isStmt(n) && n.kind !== Kind.BlockStmt) at = startPos(n);
    children(n, visit);
  };
  for (const f of c.files) visit(f.syntax);
  return at;
}

/** Directives on declarations that do not take them, go:embed, go:linkname, and bodies of functions. */
function directives(c: Checker, noted: Noted): void {
  for (const info of c.files) {
    const file = info.syntax;
    checkPragma(c, file.pragma, PragmaFlag.GoBuild, false);
    let embed = false;
    let unsafe = false;
    for (const d of file.declList) {
      switch (d.kind) {
        case Kind.ImportDecl: {
          checkPragma(c, d.pragma, 0, false);
          const path = d.path === null ? undefined : unquote(d.path.value);
          if (path === "embed") embed = true;
          else if (path === "unsafe") unsafe = true;
          break;
        }
        case Kind.ConstDecl:
        case Kind.TypeDecl:
          checkPragma(c, d.pragma, 0, false);
          break;
        case Kind.VarDecl:
          checkVarPragma(c, d, embed, false);
          break;
        case Kind.FuncDecl:
          checkPragma(c, d.pragma, PragmaFlag.GoBuild - 1, false);
          break;
      }
    }
    for (const d of noted.localDecls) {
      if (d.pos < file.source.base || d.pos > file.eof) continue;
      if (d.kind === Kind.VarDecl) checkVarPragma(c, d, embed, true);
      else checkPragma(c, d.pragma, 0, false);
    }
    linknames(c, file, unsafe);
  }
  for (const info of c.files) for (const d of info.syntax.declList) if (d.kind === Kind.FuncDecl) funcDirectives(c, d);
}

function checkVarPragma(c: Checker, d: VarDecl, embed: boolean, inFunc: boolean): void {
  checkPragma(c, d.pragma, 0, true);
  if (d.pragma === null || d.pragma.embeds.length === 0) return;
  let problem = "";
  if (!embed) problem = 'go:embed requires import "embed" (or import _ "embed", if package is not used)';
  else if (d.nameList.length > 1) problem = "go:embed cannot apply to multiple vars";
  else if (d.values !== null) problem = "go:embed cannot apply to var with initializer";
  else if (d.type === null) problem = "go:embed cannot apply to var without type";
  else if (inFunc) problem = "go:embed cannot apply to var inside func";
  else if (c.minVersion !== 0 && c.minVersion < 16)
    problem = `go:embed requires go1.16 or later (-lang was set to ${c.options.goVersion ?? ""}; check go.mod)`;
  // Not through the checker, which would add where the version comes from.
  if (problem !== "") c.options.diagnostics.report(d.pragma.embeds[0]!.pos, problem);
}

function checkPragma(c: Checker, p: Pragma | null, allowed: number, embedOk: boolean): void {
  if (p === null) return;
  for (const f of p.flagPos) if ((f.flag & ~allowed) !== 0) c.error(f.pos, noCode, "misplaced compiler directive");
  if (!embedOk) for (const e of p.embeds) c.error(e.pos, noCode, "misplaced go:embed directive");
}

function linknames(c: Checker, file: File, unsafe: boolean): void {
  for (const l of file.linknames) {
    if (!unsafe) {
      c.error(l.pos, noCode, '//go:linkname only allowed in Go files that import "unsafe"');
      continue;
    }
    if (l.remote.includes("[") && l.remote.includes("]")) {
      c.error(l.pos, noCode, "//go:linkname reference of an instantiation is not allowed");
      continue;
    }
    const obj: Obj | undefined = c.pkg.scope.lookup(l.local);
    if (obj !== undefined && (obj.kind === ObjKind.Func || obj.kind === ObjKind.Var)) {
      if (c.pkg.linknames.has(obj)) c.error(l.pos, noCode, `duplicate //go:linkname for ${l.local}`);
      else c.pkg.linknames.set(obj, l.remote);
    } else if (c.minVersion === 0 || c.minVersion >= 18)
      c.error(l.pos, noCode, "//go:linkname must refer to declared function or variable");
  }
}

function funcDirectives(c: Checker, d: FuncDecl): void {
  const flags = d.pragma === null ? 0 : d.pragma.flags;
  if ((flags & PragmaFlag.Systemstack) !== 0 && (flags & PragmaFlag.Nosplit) !== 0)
    c.error(d.pos, noCode, "go:nosplit and go:systemstack cannot be combined");
  if (d.body !== null) {
    if ((flags & PragmaFlag.Noescape) !== 0)
      c.error(d.pos, noCode, "can only use //go:noescape with external func implementations");
    if (
      (flags & PragmaFlag.UintptrKeepAlive) !== 0 &&
      (flags & PragmaFlag.UintptrEscapes) === 0 &&
      (flags & PragmaFlag.Nosplit) === 0
    )
      c.error(d.pos, noCode, "go:uintptrkeepalive requires go:nosplit");
  } else if (c.options.complete === true || d.name.value === "init") {
    // The symbol that a linkname refers to may well have a body.
    const obj = d.name.obj as Func | Var | null;
    if (obj === null || !c.pkg.linknames.has(obj)) c.error(d.pos, noCode, "missing function body");
  }
}
