// Packages as the checker knows them.
import type { File } from "#syntax";
import type { Func, Obj, PkgName, Var } from "./objects.ts";
import type { Scope } from "./scope.ts";
import type { Expr } from "#syntax";

/** A file of a package being checked: its scope of imports and its language version. */
export class FileInfo {
  constructor(
    readonly syntax: File,
    readonly scope: Scope,
    /** Effective language version of the file, "" if none is known. */
    readonly version: string,
    /** Its minor number, 0 if none is known. */
    readonly minor: number,
  ) {}
  /** Imports whose package name is not certain yet, by assumed name; null when there are none. */
  guesses: Map<string, PkgName> | null = null;
}

/** `lhs = rhs`, in the order of execution; lhs is empty for `var _ = f()` only in name: blank variables are listed. */
export interface Initializer {
  readonly lhs: Var[];
  readonly rhs: Expr;
}

/** Types an object on demand: the checker of the object's package. */
export interface ObjectResolver {
  /** Gives obj its type (and value), if it has none yet. */
  resolve(obj: Obj): void;
}

export class Package {
  /** Direct imports in order of path, of the whole package. */
  imports: Package[] = [];
  /** Everything in it has been checked. */
  complete = false;
  /** Stands for a package that could not be imported: no errors about what is missing in it. */
  fake = false;
  /** Language version, such as "go1.26"; "" if unknown. */
  goVersion = "";
  /** Types what is still untyped; null for packages made by hand (unsafe). */
  resolver: ObjectResolver | null = null;
  files: File[] = [];
  /** Package-level variable initialisations in order of execution; set by a full check. */
  initOrder: Initializer[] = [];
  /** Symbol names that //go:linkname gives ("" if it names none), once checked for the compiler. */
  readonly linknames: Map<Func | Var, string> = new Map();
  /** For the compiler. */
  info: unknown = null;
  constructor(
    readonly path: string,
    public name: string,
    readonly scope: Scope,
  ) {}

  /** The package-level object of this name, typed. */
  lookup(name: string): Obj | undefined {
    const obj = this.scope.lookup(name);
    if (obj !== undefined && obj.type === null) this.resolver!.resolve(obj);
    return obj;
  }
}

/** Gives obj its type if its package has not done so yet. */
export function resolveObject(obj: Obj): void {
  if (obj.type === null && obj.pkg !== null && obj.pkg.resolver !== null) obj.pkg.resolver.resolve(obj);
}
