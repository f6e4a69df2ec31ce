import { Context } from "../context.ts";
import {
  Abi,
  AllocSite,
  ClosureSite,
  ConvSite,
  DeferSite,
  type Func,
  FuncRef,
  Global,
  Op,
  opInfo,
  parseFunc,
  type SType,
  StaticData,
  StringConvSite,
} from "../core/index.ts";
import { TestTypes } from "./types.ts";

/** What reads functions from text for tests: a compilation without a program. */
export class TestCompilation {
  readonly types = new TestTypes();
  readonly pkgPath = "p";
  readonly runtimePackage = false;
  readonly errors: string[] = [];
  private readonly funcs = new Map<string, FuncRef>();
  private readonly globals = new Map<string, Global>();
  readonly context = new Context(this);
  private statics = 0;

  readonlyData(type: SType, fill: (data: StaticData) => void): Global {
    const g = new Global(`p..stmp_${this.statics++}`, type, "p", true, true);
    fill(new StaticData(g, type.size));
    return g;
  }

  error(_pos: number, message: string): void {
    this.errors.push(message);
  }

  /** Functions are declared as `name(params) (results)` wherever they are called. */
  func(text: string): FuncRef {
    const m = /^([^(]+)(?:\((.*)\) \((.*)\))?$/.exec(text);
    const name = m?.[1] ?? text;
    let f = this.funcs.get(name);
    if (f === undefined) {
      const list = (s: string | undefined): SType[] =>
        s === undefined || s === "" ? [] : s.split(", ").map((t) => this.types.named(t));
      f = new FuncRef(name, { params: list(m?.[2]), results: list(m?.[3]) }, Abi.ABIInternal, 0, false, "p");
      this.funcs.set(name, f);
    }
    return f;
  }

  parse(text: string): Func {
    return parseFunc(text, {
      type: (name) => this.types.named(name),
      func: (name) => this.func(name),
      aux: (op, s) => this.aux(op, s),
    });
  }

  private aux(op: number, s: string): object {
    const heap = s.endsWith(" heap");
    const rest = s.replace(/ (heap|stack)$/, "");
    const site = <T extends { escapes: boolean }>(x: T): T => {
      x.escapes = heap;
      return x;
    };
    switch (op) {
      case Op.StaticCall:
      case Op.TailCall:
      case Op.FuncValue:
      case Op.FuncPC:
        return this.func(s);
      case Op.Addr: {
        let g = this.globals.get(s);
        if (g === undefined) {
          g = new Global(s, this.types.int, "p", false, false);
          this.globals.set(s, g);
        }
        return g;
      }
      case Op.ClosureCall: {
        const m = /^\((.*)\) \((.*)\)$/.exec(s)!;
        const list = (t: string): SType[] => (t === "" ? [] : t.split(", ").map((n) => this.types.named(n)));
        return { params: list(m[1]!), results: list(m[2]!) };
      }
      case Op.MakeIface: {
        const [from, to] = rest.split(" to ") as [string, string];
        return site(new ConvSite(this.types.named(from), this.types.named(to), 0 as never, 0));
      }
      case Op.StringConv:
        return site(new StringConvSite(rest as StringConvSite["kind"], 0 as never, 0));
      case Op.Defer:
        return new DeferSite(s === "loop", 0 as never);
      case Op.MakeClosure: {
        const [name, types] = rest.split(":") as [string, string];
        const list = types === "" ? [] : types.split(", ").map((n) => this.types.named(n));
        return site(
          new ClosureSite(
            this.func(name),
            null,
            list.map(() => false),
            list,
            "literal",
            0 as never,
            0,
          ),
        );
      }
      case Op.Alloc:
      case Op.MakeSlice:
      case Op.Append:
      case Op.AppendSlice:
      case Op.AppendZeros:
      case Op.Concat:
      case Op.MakeMap:
      case Op.MakeChan: {
        const space = rest.indexOf(" ");
        const kind = rest.slice(0, space) as AllocSite["kind"];
        return site(new AllocSite(this.types.named(rest.slice(space + 1)), kind, "", 0 as never, 0));
      }
    }
    if (opInfo(op).readsMem || op === Op.TypeAddr) return this.types.named(s);
    throw new Error(`cannot read the aux of operation ${op}: ${s}`);
  }
}
