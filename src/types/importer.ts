// How the checker gets at other packages: it never sees files itself.
import type { Package } from "./package.ts";

export interface Importer {
  /**
   * The package with this import path, declared (see declarePackage) or checked. Asked once for each import declaration
   * that is needed; must give the same object every time. Throws an Error whose message says why it cannot be imported.
   */
  import(path: string): Package;
}
