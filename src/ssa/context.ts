import type { Pos } from "#base";
import {
  Abi,
  FuncRef,
  type Global,
  type StaticData,
  type SType,
  SymRef,
  type SymTarget,
  type TypeMaker,
} from "./core/index.ts";

/** What the passes need from the compilation around them. */
export interface Compilation {
  readonly types: TypeMaker;
  /** Compiling a package of the Runtime class (contract 1.2). */
  readonly runtimePackage: boolean;
  /** Import path of the package being compiled. */
  readonly pkgPath: string;
  /** A read-only static temporary with these contents (constants behind interfaces, tables). */
  readonlyData(type: SType, fill: (data: StaticData) => void): Global;
  /** Reports an error of the program (a write barrier where none may be). */
  error(pos: Pos, message: string): void;
}

/** What a pass is given besides the function: the compilation, and things shared by its functions. */
export class Context {
  readonly types: TypeMaker;
  private readonly runtimeFuncs = new Map<string, FuncRef>();
  private readonly symRefs = new Map<string, SymRef>();

  constructor(readonly compilation: Compilation) {
    this.types = compilation.types;
  }

  /** A function of package runtime with ABIInternal, by its bare name. The signature must be the same at each place. */
  runtimeFunc(name: string, params: readonly SType[], results: readonly SType[], noreturn = false): FuncRef {
    let f = this.runtimeFuncs.get(name);
    if (f === undefined) {
      f = new FuncRef(`runtime.${name}`, { params, results }, Abi.ABIInternal, 0, noreturn, "");
      this.runtimeFuncs.set(name, f);
    }
    return f;
  }

  /** The one SymRef of a target. */
  symRef(target: SymTarget): SymRef {
    const key = symKey(target);
    let s = this.symRefs.get(key);
    if (s === undefined) {
      s = new SymRef(target, key);
      this.symRefs.set(key, s);
    }
    return s;
  }
}

function symKey(t: SymTarget): string {
  switch (t.kind) {
    case "global":
      return t.global.local ? `${t.global.name}(local)` : t.global.name;
    case "funcValue":
      return `${t.fn.name}·f`;
    case "funcPC":
      return `${t.fn.name}<${t.abi}>`;
    case "type":
      return `type:${t.type.id}:${t.type}`;
    case "itab":
      return `itab:${t.itab.concrete.id},${t.itab.iface.id}`;
    case "string":
      return `string:${JSON.stringify(t.bytes)}`;
    case "runtime":
      return `runtime.${t.name}`;
    case "jumpTable":
      return `${t.block.func.name}.jump${t.block.id}`;
  }
}
