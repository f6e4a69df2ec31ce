// Entry points: checking a whole package, and declaring one that others import.
import type { File } from "#syntax";
import { type CheckOptions, Checker } from "./checker.ts";
import { directCycles } from "./cycles.ts";
import { initOrder } from "./initorder.ts";
import { type Func, ObjKind } from "./objects.ts";
import { Package } from "./package.ts";
import { collectObjects, initFiles, packageObjects, unusedImports } from "./resolver.ts";
import { restrictions } from "./restrictions.ts";
import { Scope } from "./scope.ts";
import { universe } from "./universe.ts";
import { parseVersion } from "./version.ts";

function newPackage(path: string, name: string): Package {
  return new Package(path, name, new Scope(universe, 0, 0, `package "${path}"`));
}

/**
 * Checks the files of a package completely. Errors are reported to options.diagnostics; the package and the slots of the
 * tree are filled as far as possible. The trees must have been parsed with bodies.
 */
export function check(path: string, files: readonly File[], options: CheckOptions): Package {
  const pkg = newPackage(path, "");
  pkg.goVersion = options.goVersion ?? "";
  const c = new Checker(pkg, options, parseVersion(pkg.goVersion), false);
  pkg.resolver = c;
  c.enter(() => {
    initFiles(c, files);
    collectObjects(c);
    directCycles(c);
    packageObjects(c);
    c.processDelayed(0);
    c.cleanup();
    // gc numbers local types in the order of the source.
    const local = c.localTypes!.sort((a, b) => a.obj.pos - b.obj.pos);
    for (let i = 0; i < local.length; i++) local[i]!.vargen = i + 1;
    initOrder(c);
    unusedImports(c);
    if (c.errorCount === 0) c.mono.check(c);
    if (options.compiler === true) restrictions(c);
  });
  pkg.complete = true;
  return pkg;
}

/**
 * A package whose objects get their types when they are first looked up (through Package.lookup, or by being referred to in
 * a package that is checked); no function body is checked before checkBody asks for it. The sources are taken to be correct:
 * what is found wrong all the same goes to options.diagnostics. Such a package can be shared between compilations: what it
 * gives does not depend on the order of lookups. name "" means that of the files.
 */
export function declarePackage(path: string, name: string, files: readonly File[], options: CheckOptions): Package {
  const pkg = newPackage(path, name);
  pkg.goVersion = options.goVersion ?? "";
  const c = new Checker(pkg, { ...options, ignoreFuncBodies: true }, parseVersion(pkg.goVersion), true);
  pkg.resolver = c;
  c.enter(() => {
    initFiles(c, files);
    collectObjects(c);
  });
  pkg.complete = true;
  return pkg;
}

/** Checks the body of a function or method of a declared package (that of the origin, if fn is an instantiated method). */
export function checkBody(fn: Func): void {
  const r = fn.origin.pkg?.resolver;
  if (r instanceof Checker) r.checkBody(fn);
}

/** Types all package-level objects of a declared package (still without bodies). */
export function resolveAll(pkg: Package): void {
  for (const obj of pkg.scope.elems.values())
    if (obj.kind !== ObjKind.PkgName && obj.type === null) pkg.resolver!.resolve(obj);
  const r = pkg.resolver;
  if (r instanceof Checker) for (const obj of r.objList) if (obj.type === null) r.resolve(obj);
}
