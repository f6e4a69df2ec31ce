import { absFile } from "#obj";
import type { EscapeSummary } from "#ssa";
import type { File, FuncDecl } from "#syntax";
import { type Func, ObjKind, objOf, type Package } from "#types";
import { exportText, writeExportData } from "./exportdata.ts";

/** What the export data of a package is made from. */
export interface ExportInput {
  readonly pkg: Package;
  readonly files: readonly File[];
  readonly lang: string;
  readonly std: boolean;
  readonly hasInit: boolean;
  /** Working directory and rewriting of file names. */
  readonly cwd: string;
  readonly trimpath: string;
  readonly escapes: ReadonlyMap<string, EscapeSummary>;
  /** Whether importers may inline a function's body. */
  readonly inlinable: (fn: Func) => boolean;
  /** The path that an import in a source file means. */
  readonly resolve: (path: string) => string;
}

/** The export data of a package: see exportdata.ts. */
export function exportPackage(x: ExportInput): Uint8Array {
  const keepBody = (d: FuncDecl): boolean => {
    const obj = objOf(d.name);
    if (obj === null || obj.kind !== ObjKind.Func) return isGeneric(d);
    const sig = obj.signature;
    return sig.tparams.length > 0 || sig.rparams.length > 0 || x.inlinable(obj);
  };
  return writeExportData({
    path: x.pkg.path,
    name: x.pkg.name,
    lang: x.lang,
    std: x.std,
    hasInit: x.hasInit,
    files: x.files.map((f) => {
      const name = absFile(x.cwd, f.source.name, x.trimpath);
      return { name, text: exportText(f, name, keepBody, x.resolve) };
    }),
    escapes: x.escapes,
  });
}

function isGeneric(d: FuncDecl): boolean {
  return d.tparamList.length > 0;
}
