// What is known of a package-level object or method before it is typed.
import type { ConstDecl, Expr, FuncDecl, TypeDecl, VarDecl } from "#syntax";
import type { FileInfo } from "./package.ts";
import type { Obj, Var } from "./objects.ts";

export class DeclInfo {
  /** Variables declared by one multi-value initialisation `var a, b = f()`, else null. */
  lhs: Var[] | null = null;
  typeExpr: Expr | null = null;
  init: Expr | null = null;
  /** The constant's expression is repeated from an earlier specification: errors are reported at the name. */
  inherited = false;
  iota = 0;
  typeDecl: TypeDecl | null = null;
  funcDecl: FuncDecl | null = null;
  constDecl: ConstDecl | null = null;
  varDecl: VarDecl | null = null;
  /** Package-level objects that the initialiser or body refers to. */
  readonly deps: Set<Obj> = new Set();
  constructor(readonly file: FileInfo) {}

  get version(): number {
    return this.file.minor;
  }

  get hasInitializer(): boolean {
    return this.init !== null || (this.funcDecl !== null && this.funcDecl.bodyStart >= 0);
  }
}
