// Collecting the objects that the files of a package declare, and its imports.
import { makeSmallInt, unquote } from "#constant";
import {
  type ConstDecl,
  endPos,
  type Expr,
  type File,
  Kind,
  type Name,
  newName,
  Operator,
  startPos,
  unpackList,
  unparen,
} from "#syntax";
import type { Checker } from "./checker.ts";
import { DeclInfo } from "./declinfo.ts";
import { collectMethods, declare, objDecl } from "./decl.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Const, Func, isExported, type Obj, ObjKind, PkgName, TypeName, Var, VarKind } from "./objects.ts";
import { FileInfo, Package } from "./package.ts";
import { Scope } from "./scope.ts";
import { guessName, lastElement } from "./importer.ts";
import { currentVersion, parseVersion, versionString } from "./version.ts";
import { invalidType, universe, unsafePackage } from "./universe.ts";

/** Whether the numbers of names and initialisers of a declaration agree. */
export function arity(
  c: Checker,
  pos: number,
  names: readonly Name[],
  inits: readonly Expr[],
  isConst: boolean,
  inherited: boolean,
): void {
  const l = names.length;
  const r = inits.length;
  if (l < r) {
    const n = inits[l]!;
    if (inherited) c.error(pos, ErrorCode.WrongAssignCount, `extra init expr at ${c.position(n.pos)}`);
    else c.error(n, ErrorCode.WrongAssignCount, `extra init expr ${c.es(n)}`);
  } else if (l > r && (isConst || r !== 1)) {
    const n = names[r]!;
    c.error(n, ErrorCode.WrongAssignCount, `missing init expr for ${n.value}`);
  }
}

const illegalPathChars = "!\"#$%&'()*,:;<=>?[\\]^{|}`\uFFFD";

/** The path of an import declaration, or what is wrong with it. */
function importPath(literal: string): { path: string; problem: string } {
  const s = unquote(literal);
  if (s === undefined) return { path: "", problem: "invalid syntax" };
  if (s === "") return { path: "", problem: "empty string" };
  for (const r of s) {
    const cp = r.codePointAt(0)!;
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u.test(r) || /\s/u.test(r) || illegalPathChars.includes(r)) {
      const hex = cp.toString(16).toUpperCase().padStart(4, "0");
      const shown = cp >= 32 && cp !== 127 ? ` '${r}'` : "";
      return { path: s, problem: `invalid character U+${hex}${shown}` };
    }
  }
  return { path: s, problem: "" };
}

/** Takes the files that belong to the package, with their language versions. */
export function initFiles(c: Checker, files: readonly File[]): void {
  const pkg = c.pkg;
  const version = c.options.goVersion ?? "";
  const minor = parseVersion(version);
  if (minor > currentVersion && files.length > 0) {
    c.error(
      files[0]!,
      ErrorCode.TooNew,
      `package requires newer Go version ${version} (application built with ${versionString(currentVersion)})`,
    );
  }
  for (const f of files) {
    const name = f.pkgName.value;
    if (pkg.name === "") {
      if (name !== "_") pkg.name = name;
      else c.error(f.pkgName, ErrorCode.BlankPkgName, "invalid package name _");
    } else if (name !== pkg.name) {
      c.error(f.pos, ErrorCode.MismatchedPkgName, `package ${name}; expected package ${pkg.name}`);
      continue;
    }
    let v = version;
    let m = minor;
    const fileMinor = parseVersion(f.goVersion);
    if (fileMinor !== 0) {
      // Downgrades go no further than the first version that knows file versions.
      m = Math.max(fileMinor, 21);
      v = fileMinor >= 21 ? f.goVersion : "go1.21";
      if (fileMinor > currentVersion)
        c.error(f.pkgName, ErrorCode.TooNew, `file requires newer Go version ${f.goVersion}`);
    }
    const scope = new Scope(pkg.scope, startPos(f), c.lazy ? f.eof : endPos(f), f.source.name);
    f.scope = scope;
    c.files.push(new FileInfo(f, scope, v, m));
    pkg.files.push(f);
  }
}

function addObj(c: Checker, obj: Obj, d: DeclInfo): void {
  obj.decl = d;
  c.objList.push(obj);
  obj.order = c.objList.length;
}

function declarePkgObj(c: Checker, ident: Name, obj: Obj, d: DeclInfo): void {
  if (ident.value === "init") {
    c.error(ident, ErrorCode.InvalidInitDecl, "cannot declare init - must be func");
    return;
  }
  if (ident.value === "main" && c.pkg.name === "main") {
    c.error(ident, ErrorCode.InvalidMainDecl, "cannot declare main - must be func");
    return;
  }
  declare(c, c.pkg.scope, ident, obj, 0);
  addObj(c, obj, d);
}

interface MethodInfo {
  readonly obj: Func;
  readonly ptr: boolean;
  readonly recv: Name;
}

/** Declares everything at package level; types come later. */
export function collectObjects(c: Checker): void {
  const pkg = c.pkg;
  const methods: MethodInfo[] = [];
  for (const file of c.files) {
    c.env.version = file.minor;
    let first = -1;
    let last: ConstDecl | null = null;
    const decls = file.syntax.declList;
    for (let index = 0; index < decls.length; index++) {
      const s = decls[index]!;
      if (s.kind !== Kind.ConstDecl) first = -1;
      switch (s.kind) {
        case Kind.ImportDecl:
          if (s.path !== null && !s.path.bad) importDecl(c, file, s.pos, s.path.value, s.path.pos, s.localPkgName, s);
          break;
        case Kind.ConstDecl: {
          if (first < 0 || s.group === null || (decls[index - 1] as ConstDecl).group !== s.group) {
            first = index;
            last = null;
          }
          let inherited = true;
          if (s.type !== null || s.values !== null) {
            last = s;
            inherited = false;
          } else if (last === null) inherited = false;
          const iota = makeSmallInt(index - first);
          const values = unpackList(last === null ? null : last.values);
          for (let i = 0; i < s.nameList.length; i++) {
            const name = s.nameList[i]!;
            const obj = new Const(name.pos, pkg, name.value, null, iota);
            const d = new DeclInfo(file);
            d.typeExpr = last === null ? null : last.type;
            d.init = i < values.length ? values[i]! : null;
            d.inherited = inherited;
            d.constDecl = s;
            declarePkgObj(c, name, obj, d);
          }
          arity(c, s.pos, s.nameList, values, true, inherited);
          break;
        }
        case Kind.VarDecl: {
          const lhs: Var[] = [];
          let d1: DeclInfo | null = null;
          if (s.values === null || s.values.kind !== Kind.ListExpr) {
            d1 = new DeclInfo(file);
            d1.lhs = lhs;
            d1.typeExpr = s.type;
            d1.init = s.values;
            d1.varDecl = s;
          }
          const values = unpackList(s.values);
          for (let i = 0; i < s.nameList.length; i++) {
            const name = s.nameList[i]!;
            const obj = new Var(VarKind.Package, name.pos, pkg, name.value, null);
            lhs.push(obj);
            let d = d1;
            if (d === null) {
              d = new DeclInfo(file);
              d.typeExpr = s.type;
              d.init = i < values.length ? values[i]! : null;
              d.varDecl = s;
            }
            declarePkgObj(c, name, obj, d);
          }
          if (s.type === null || values.length > 0) arity(c, s.pos, s.nameList, values, false, false);
          break;
        }
        case Kind.TypeDecl: {
          const obj = new TypeName(s.name.pos, pkg, s.name.value, null);
          const d = new DeclInfo(file);
          d.typeDecl = s;
          declarePkgObj(c, s.name, obj, d);
          break;
        }
        case Kind.FuncDecl: {
          const name = s.name.value;
          const obj = new Func(s.name.pos, pkg, name, null);
          obj.funcDecl = s;
          let tparamError = false;
          if (s.recv === null) {
            if (name === "init" || (name === "main" && pkg.name === "main")) {
              const code = name === "main" ? ErrorCode.InvalidMainDecl : ErrorCode.InvalidInitDecl;
              if (s.tparamList.length > 0) {
                c.softError(s.tparamList[0]!, code, `func ${name} must have no type parameters`);
                tparamError = true;
              }
              if (s.type.paramList.length > 0 || s.type.resultList.length > 0)
                c.softError(s.name, code, `func ${name} must have no arguments and no return values`);
            }
            if (name === "init") {
              obj.parent = pkg.scope;
              s.name.obj = obj;
              if (s.body === null && s.bodyStart < 0)
                c.softError(obj.pos, ErrorCode.MissingInitBody, "func init must have a body");
            } else declare(c, pkg.scope, s.name, obj, 0);
          } else {
            const r = unpackRecv(c, s.recv.type, false);
            if (r.base.kind === Kind.Name && name !== "_") methods.push({ obj, ptr: r.ptr, recv: r.base });
            s.name.obj = obj;
          }
          if (s.tparamList.length > 0 && !tparamError) {
            const p = s.tparamList[0]!;
            c.verifyVersion(p.name ?? p, 18, "type parameter");
          }
          const d = new DeclInfo(file);
          d.funcDecl = s;
          addObj(c, obj, d);
          break;
        }
      }
    }
  }
  for (const file of c.files) {
    for (const [name, obj] of file.scope.elems) {
      const alt = pkg.scope.lookup(name);
      if (alt === undefined) continue;
      if (obj.kind === ObjKind.PkgName && obj.guessed) {
        // The guess may be wrong; if it is, there is no conflict, and the name means the package-level object.
        file.scope.remove(name);
        file.guesses ??= new Map();
        file.guesses.set(`${name} `, obj);
        continue;
      }
      const err = c.newError(ErrorCode.DuplicateDecl);
      if (obj.kind === ObjKind.PkgName) {
        const p = obj.imported;
        err.add(alt.pos, `${alt.name} already declared through import of package ${p.name} ("${p.path}")`);
        err.addAltDecl(obj);
      } else {
        const p = obj.pkg!;
        err.add(alt.pos, `${alt.name} already declared through dot-import of package ${p.name} ("${p.path}")`);
        err.addAltDecl(obj);
      }
      err.report();
    }
  }
  for (const m of methods) {
    const base = resolveBaseTypeName(c, m.ptr, m.recv);
    if (base === null) continue;
    m.obj.ptrRecv = base.ptr;
    const list = c.methods.get(base.name);
    if (list === undefined) c.methods.set(base.name, [m.obj]);
    else list.push(m.obj);
  }
}

function loadPackage(c: Checker, path: string, pos: number): Package {
  if (path === "unsafe") return unsafePackage;
  if (path === "C" && c.options.fakeImportC === true) {
    const p = new Package("C", "C", new Scope(universe, 0, 0, "C"));
    p.fake = true;
    return p;
  }
  const failed = c.failedImports.get(path);
  if (failed !== undefined) return failed;
  let imp: Package | null = null;
  let problem = "";
  try {
    imp = c.options.importer.import(path);
    if (imp.name === "_" || imp.name === "") {
      problem = `invalid package name: "${imp.name}"`;
      imp = null;
    }
  } catch (e) {
    if (!(e instanceof Error)) throw e;
    problem = e.message;
  }
  if (imp === null) {
    c.error(pos, ErrorCode.BrokenImport, `could not import ${path} (${problem})`);
    imp = new Package(path, lastElement(path.replace(/\/$/, "")), new Scope(universe, 0, 0, "fake"));
    imp.fake = true;
    c.failedImports.set(path, imp);
  }
  if (!c.pkg.imports.includes(imp)) c.pkg.imports.push(imp);
  return imp;
}

function importDecl(
  c: Checker,
  file: FileInfo,
  pos: number,
  literal: string,
  pathPos: number,
  local: Name | null,
  node: { implicit: unknown },
): void {
  const { path, problem } = importPath(literal);
  if (problem !== "") {
    c.error(pathPos, ErrorCode.BadImportPath, `invalid import path (${problem})`);
    return;
  }
  let name = local?.value ?? "";
  // A package that is only used loads what it imports itself when it needs it.
  const wait = c.lazy && name !== "." && path !== "unsafe";
  const imp = wait ? null : loadPackage(c, path, pathPos);
  if (local !== null) {
    if (path === "C") {
      c.error(local, ErrorCode.ImportCRenamed, 'cannot rename import "C"');
      return;
    }
  } else name = imp !== null ? imp.name : guessName(path);
  if (name === "init") {
    c.error(pos, ErrorCode.InvalidInitDecl, "cannot import package as init - init must be a func");
    return;
  }
  const guessed = imp === null && local === null;
  const obj = new PkgName(pos, c.pkg, name, invalidType, imp ?? (() => loadPackage(c, path, pathPos)), guessed);
  if (local !== null) local.obj = obj;
  else node.implicit = obj;
  if (imp?.fake) obj.used = true;
  c.imports.push(obj);
  if (name === ".") {
    const byName = new Map<string, PkgName>();
    for (const [n, o] of imp!.scope.elems) {
      if (!isExported(n)) continue;
      const alt = file.scope.lookup(n);
      if (alt !== undefined) {
        const err = c.newError(ErrorCode.DuplicateDecl);
        err.add(local!, `${alt.name} redeclared in this block`);
        err.addAltDecl(alt);
        err.report();
      } else {
        file.scope.alias(n, o);
        byName.set(n, obj);
      }
    }
    const known = c.dotImports.get(file.scope);
    if (known === undefined) c.dotImports.set(file.scope, byName);
    else for (const [n, p] of byName) known.set(n, p);
    return;
  }
  if (guessed) {
    file.guesses ??= new Map();
    // A second import with the same guess: one of the guesses is wrong.
    if (file.scope.lookup(name) !== undefined) {
      file.guesses.set(`${name} ${c.imports.length}`, obj);
      return;
    }
    file.guesses.set(name, obj);
  }
  declare(c, file.scope, null, obj, 0);
}

/** Loads the packages whose names were guessed in the file around, and declares those under their real names. */
export function settleGuesses(c: Checker): boolean {
  let scope: Scope | null = c.env.scope;
  while (scope !== null && scope.parent !== c.pkg.scope) scope = scope.parent;
  const file = c.files.find((f) => f.scope === scope);
  if (file === undefined || file.guesses === null) return false;
  const guesses = file.guesses;
  file.guesses = null;
  for (const [, obj] of guesses) {
    const real = obj.imported;
    if (file.scope.lookup(obj.name) === obj) {
      if (real.name === obj.name) continue;
      file.scope.remove(obj.name);
    }
    if (file.scope.lookup(real.name) === undefined)
      file.scope.alias(real.name, new PkgName(obj.pos, c.pkg, real.name, invalidType, real));
  }
  return true;
}

/** The parts of a receiver type expression. */
export function unpackRecv(
  c: Checker,
  rtype: Expr,
  params: boolean,
): { ptr: boolean; base: Expr; tparams: Name[] | null } {
  let base = unparen(rtype);
  let ptr = false;
  let tparams: Name[] | null = null;
  if (base.kind === Kind.Operation && base.op === Operator.Mul && base.y === null) {
    ptr = true;
    base = unparen(base.x);
  }
  if (base.kind === Kind.IndexExpr) {
    const index = base.index;
    base = base.x;
    if (params) {
      tparams = [];
      for (const arg of unpackList(index)) {
        if (arg.kind === Kind.Name) {
          tparams.push(arg);
          continue;
        }
        if (arg.kind !== Kind.BadExpr)
          c.error(arg, ErrorCode.BadDecl, `receiver type parameter ${c.es(arg)} must be an identifier`);
        tparams.push(newName(arg.pos, "_"));
      }
    }
  }
  return { ptr, base, tparams };
}

/** The package-level type that a receiver's name stands for, through aliases, without typing anything. */
function resolveBaseTypeName(c: Checker, ptr: boolean, recv: Name): { ptr: boolean; name: TypeName } | null {
  const seen: TypeName[] = [];
  let name: Name | null = recv;
  while (name !== null) {
    const obj = c.pkg.scope.lookup(name.value);
    if (obj === undefined || obj.kind !== ObjKind.TypeName || seen.includes(obj)) return null;
    const tdecl = obj.decl!.typeDecl!;
    if (!tdecl.alias) return { ptr, name: obj };
    if (tdecl.tparamList.length > 0) return null;
    seen.push(obj);
    let t = unparen(tdecl.type);
    if (t.kind === Kind.Operation && t.op === Operator.Mul && t.y === null) {
      if (ptr) return null;
      ptr = true;
      t = unparen(t.x);
    }
    name = t.kind === Kind.Name ? t : null;
  }
  return null;
}

/** Types everything: defined types, then aliases, then the rest. */
export function packageObjects(c: Checker): void {
  for (const obj of c.objList) if (obj.kind === ObjKind.TypeName && obj.type !== null) collectMethods(c, obj);
  const aliases: Obj[] = [];
  const others: Obj[] = [];
  for (const obj of c.objList) {
    if (obj.kind !== ObjKind.TypeName) others.push(obj);
    else if (obj.decl!.typeDecl!.alias) aliases.push(obj);
    else objDecl(c, obj);
  }
  for (const obj of aliases) objDecl(c, obj);
  for (const obj of others) objDecl(c, obj);
  c.methods.clear();
}

export function unusedImports(c: Checker): void {
  if (c.ignoreFuncBodies) return;
  for (const obj of c.imports) {
    if (obj.name === "_" || obj.used) continue;
    const path = obj.imported.path;
    const as = obj.name === "." || obj.name === lastElement(path) ? "" : ` as ${obj.name}`;
    c.softError(obj.pos, ErrorCode.UnusedImport, `"${path}" imported${as} and not used`);
  }
}
