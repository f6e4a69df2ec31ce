// How the checker gets at other packages: it never sees files itself.
import type { Package } from "./package.ts";

export interface Importer {
  /**
   * The package with this import path, declared (see declarePackage) or checked. Asked once for each import declaration
   * that is needed; must give the same object every time. Throws an Error whose message says why it cannot be imported.
   */
  import(path: string): Package;
  /** The paths of all packages that are imported, directly or not, if they are known without loading them. */
  transitive?(): Iterable<string>;
}

/** The name that a package with this path most likely has. */
export function guessName(path: string): string {
  const e = lastElement(path);
  if (/^v[0-9]+$/.test(e) && path.includes("/")) return lastElement(path.slice(0, path.lastIndexOf("/")));
  return e;
}

export function lastElement(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
