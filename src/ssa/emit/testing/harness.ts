// Compiles hand-made SSA, links it with a program that gc compiled, and runs it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PosTable } from "#base";
import { goHeaderText, goObjectEntry } from "#formats";
import { type ABI, assembleFunction, Attr, Ctxt, gcLocalsSym, type LSym, SymKind, writeObject } from "#obj";
import { Context } from "../../context.ts";
import {
  type Abi,
  checkFunc,
  type Func,
  FuncRef,
  type Global,
  type ItabRef,
  parseFunc,
  type SType,
  type Symbols,
} from "../../core/index.ts";
import { realGo as go } from "../../../base/testing/realgo.ts";
import { runPasses } from "../../passes.ts";
import { TestTypes } from "../../regalloc/testing/types.ts";
import { compileBackend } from "../index.ts";

export { go };

/** Symbols of a test object: no types, no itabs. */
class TestSymbols implements Symbols {
  constructor(private readonly ctxt: Ctxt) {}

  private define(s: LSym, bytes: Uint8Array | null): LSym {
    if (s.kind !== SymKind.Sxxx) return s;
    if (bytes !== null) s.writeBytes(0, bytes);
    s.kind = SymKind.SRODATA;
    s.size = s.dataLen;
    s.attr |= Attr.DuplicateOK | Attr.OnList;
    this.ctxt.data.push(s);
    return s;
  }

  func(fn: FuncRef, abi: Abi): LSym {
    return this.ctxt.lookupABI(fn.name, abi as number as ABI);
  }
  funcValue(fn: FuncRef): LSym {
    return this.ctxt.lookup(`${fn.name}·f`);
  }
  global(g: Global): LSym {
    return this.ctxt.lookup(g.name);
  }
  type(_: SType): LSym {
    throw new Error("no types in tests");
  }
  itab(_: ItabRef): LSym {
    throw new Error("no itabs in tests");
  }
  string(bytes: string): LSym {
    return this.define(this.ctxt.lookup(`go:string."${bytes}"`), new TextEncoder().encode(bytes));
  }
  floatConst(size: 4 | 8, lo: number, hi: number): LSym {
    return size === 4 ? this.ctxt.float32Sym(lo) : this.ctxt.float64Sym(lo, hi);
  }
  runtime(name: string, abi: Abi): LSym {
    return this.ctxt.lookupABI(name, abi as number as ABI);
  }
  funcData(prefix: string, bytes: Uint8Array): LSym {
    if (prefix === "gclocals·") return this.define(gcLocalsSym(this.ctxt, bytes), null);
    return this.define(this.ctxt.lookup(`${prefix}${[...bytes].map((b) => b.toString(16)).join("")}`), bytes);
  }
  frameName(): null {
    return null;
  }

  derived(fn: FuncRef, suffix: string): LSym {
    return this.define(this.ctxt.lookup(fn.name + suffix), null);
  }
}

/** Compiles functions in text form (Go-level operations); returns the object. */
export function compileText(text: string, refs: (t: TestTypes) => readonly FuncRef[]): Uint8Array {
  const positions = new PosTable();
  const file = positions.addFile("test.go", 1000);
  const ctxt = new Ctxt({ pkgpath: "main", positions, isAsm: false });
  ctxt.diag = (_, m) => {
    throw new Error(m);
  };
  const types = new TestTypes();
  const symbols = new TestSymbols(ctxt);
  const cx = new Context({
    types,
    runtimePackage: false,
    pkgPath: "main",
    readonlyData: () => {
      throw new Error("no data");
    },
    error: (_: number, m: string) => {
      throw new Error(m);
    },
  } as never);
  const funcs = new Map<string, FuncRef>();
  for (const r of refs(types)) funcs.set(r.name, r);
  for (const part of text.split(/^(?=func )/m)) {
    if (!part.startsWith("func ")) continue;
    const f: Func = parseFunc(part, {
      type: (name) => typeOf(types, name),
      aux: (_, t) => funcs.get(t) ?? (t.startsWith("type ") ? typeOf(types, t.slice(5)) : null),
      func: (name) => {
        const params = [...part.matchAll(/^ {2}param \S+ <(.*)>$/gm)].map((m) => typeOf(types, m[1]!));
        const results = [...part.matchAll(/^ {2}result \S+ <(.*)>$/gm)].map((m) => typeOf(types, m[1]!));
        return new FuncRef(name, { params, results }, 1, 0, false, "main");
      },
    });
    f.startPos = file.pos(1);
    f.endPos = file.pos(2);
    checkFunc(f, "parse");
    runPasses(f, cx, { check: true });
    const sym = compileBackend(f, symbols, ctxt, types)!;
    assembleFunction(ctxt, sym);
  }
  return writeObject(ctxt);
}

export function typeOf(t: TestTypes, name: string): SType {
  if (name.startsWith("("))
    return t.tuple(
      name
        .slice(1, -1)
        .split(", ")
        .map((m) => typeOf(t, m)),
    );
  if (name.startsWith("*")) return t.pointerTo(typeOf(t, name.slice(1)));
  const s = name === "unsafe.Pointer" ? t.unsafePtr : (t as unknown as Record<string, SType>)[name];
  if (s === undefined) throw new Error(`no type ${name}`);
  return s;
}

/**
 * Compiles main.go with gc, where functions that the object defines are declared without body, links both and runs the
 * program; returns what it printed (standard error included).
 */
export function runWith(main: string, defined: readonly string[], object: Uint8Array): string {
  const dir = process.env.KEEP ?? mkdtempSync(join(tmpdir(), "rt0emit-"));
  mkdirSync(dir, { recursive: true });
  try {
    const at = (name: string): string => join(dir, name);
    writeFileSync(at("main.go"), main);
    writeFileSync(at("symabis"), defined.map((d) => `def main.${d} ABIInternal\n`).join(""));
    const env = { ...process.env, GOFLAGS: "-p=1", GOTMPDIR: dir };
    const tool = (...args: string[]): string => execFileSync(go, args, { cwd: dir, env, encoding: "utf8" });
    const deps = tool(
      "list",
      "-export",
      "-deps",
      "-f",
      "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}",
      "fmt",
    );
    writeFileSync(at("importcfg"), deps);
    tool(
      "tool",
      "compile",
      "-p",
      "main",
      "-importcfg",
      "importcfg",
      "-symabis",
      "symabis",
      "-pack",
      "-o",
      "main.a",
      "main.go",
    );
    const version = tool("env", "GOVERSION").trim();
    const header = readFileSync(at("main.a"))
      .toString("latin1")
      .match(/go object [^\n]*/)![0];
    void version;
    writeFileSync(at("extra.o"), goObjectEntry(goHeaderText(header, "", false), object));
    tool("tool", "pack", "r", "main.a", "extra.o");
    tool("tool", "link", "-importcfg", "importcfg", "-w", "-o", "main.exe", "main.a");
    try {
      return execFileSync(at("main.exe"), [], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 20000 });
    } catch (e) {
      const x = e as { stdout: string; stderr: string; message: string };
      return `${x.stdout}${x.stderr}${x.message}`;
    }
  } finally {
    if (process.env.KEEP === undefined) rmSync(dir, { recursive: true, force: true });
  }
}
