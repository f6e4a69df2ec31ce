import { decodeUtf8, FlagError, GoRegexp, parseGoFlags, RegexpError } from "#base";
import { FormatError } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { printViews, viewsOf } from "./bfdview.ts";
import { GoDecoder } from "./goinst.ts";
import { gnuSyntax } from "./gnusyntax.ts";
import { goSyntax, type SymbolLookup } from "./gosyntax.ts";
import { type ObjReloc, type ObjSymbol, firstObject, openObject } from "./objfile.ts";
import { setColumns } from "./tabwriter.ts";
import { type Output, readInput, runTool, ToolExit } from "./tool.ts";

const usage = `usage: go tool objdump [-S] [-gnu] [-s symregexp] binary [start end]

  -S	print Go code alongside assembly
  -gnu
    	print GNU assembly next to Go assembly (where supported)
  -s string
    	only dump symbols matching this regexp

or, as GNU objdump: objdump [-f] [-p] [-h] [-t] [-x] [-d] file...
  -f file header, -p program headers, -h section headers, -t symbols, -x all of these, -d disassembly
`;

/** Symbols that mark ends of the text, not functions. */
const markers: ReadonlySet<string> = new Set(["runtime.text", "text", "_text", "runtime.etext", "etext", "_etext"]);

/** cmd/objdump: disassembles functions in Go's syntax; with the flags of GNU objdump its views of executables. */
export function objdumpMain(host: Host, argv: readonly string[]): ToolResult {
  return runTool("objdump: ", (out) => {
    const views = viewsOf(argv);
    if (views !== undefined) {
      printViews(host, out, views.views, views.files);
      return;
    }
    let flags: ReturnType<typeof parseGoFlags>;
    try {
      flags = parseGoFlags(
        [
          { name: "S", kind: "bool", usage: "" },
          { name: "gnu", kind: "bool", usage: "" },
          { name: "s", kind: "string", usage: "" },
        ],
        argv,
      );
    } catch (e) {
      if (e instanceof FlagError) throw new ToolExit(2, `${e.message}\n${usage}`);
      throw e;
    }
    const args = flags.args;
    if (args.length !== 1 && args.length !== 3) throw new ToolExit(2, usage);
    let filter: GoRegexp | undefined;
    if (flags.string("s") !== "") {
      try {
        filter = new GoRegexp(flags.string("s"));
      } catch (e) {
        if (e instanceof RegexpError) throw new FormatError(`invalid -s regexp: ${e.message}`);
        throw e;
      }
    }
    const pc = (name: string, text: string): number => {
      const digits = text.replace(/^0x/, "");
      if (!/^[0-9a-fA-F]+$/.test(digits)) {
        throw new FormatError(
          `invalid ${name} PC: strconv.ParseUint: parsing ${JSON.stringify(digits)}: invalid syntax`,
        );
      }
      return Number.parseInt(digits, 16);
    };
    const start = args.length === 3 ? pc("start", args[1]!) : 0;
    const end = args.length === 3 ? pc("end", args[2]!) : Number.POSITIVE_INFINITY;
    const file = args[0]!;
    let d: Disassembly;
    const entries = openObject(file, readInput(out, host, file));
    try {
      d = new Disassembly(host, out, firstObject(entries));
    } catch (e) {
      if (e instanceof FormatError) throw new FormatError(`disassemble ${file}: ${e.message}`);
      throw e;
    }
    d.print(filter, start, end, flags.bool("S"), flags.bool("gnu"));
  });
}

class Disassembly {
  private readonly syms: ObjSymbol[];
  private readonly line: ReturnType<ReturnType<typeof openObject>[0]["lineTable"]>;
  private readonly text: Uint8Array;
  private readonly textStart: number;
  private readonly decoder = new GoDecoder();
  private readonly sources = new Map<string, string[] | undefined>();

  constructor(
    private readonly host: Host,
    private readonly out: Output,
    entry: ReturnType<typeof openObject>[0],
  ) {
    const all = entry.symbols();
    this.line = entry.lineTable();
    const { start, bytes } = entry.text();
    this.text = bytes;
    this.textStart = start;
    if (entry.goarch !== "amd64") throw new FormatError(`unsupported architecture ${JSON.stringify(entry.goarch)}`);
    this.syms = all.filter((s) => !markers.has(s.name));
  }

  private readonly lookup: SymbolLookup = (addr) => {
    let lo = 0;
    let hi = this.syms.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (addr < this.syms[mid]!.addr) hi = mid;
      else lo = mid + 1;
    }
    const s = this.syms[lo - 1];
    if (s === undefined || s.addr === 0 || addr < s.addr || addr >= s.addr + s.size) return undefined;
    return { name: s.name, base: s.addr };
  };

  print(filter: GoRegexp | undefined, from: number, to: number, withCode: boolean, gnu: boolean): void {
    const start = Math.max(from, this.textStart);
    const end = Math.min(to, this.textStart + this.text.length);
    let printed = false;
    for (const s of this.syms) {
      const last = s.addr + s.size;
      if ((s.code !== "T" && s.code !== "t") || s.addr < this.textStart || last <= start || end <= s.addr) continue;
      if (filter !== undefined && !filter.test(s.name)) continue;
      if (printed) this.out.print("\n");
      printed = true;
      this.out.print(`TEXT ${s.name}(SB) ${this.line(s.addr).file}\n`);
      this.out.print(setColumns(this.lines(s, Math.min(last, end), withCode, gnu), 18, 8, 1));
    }
  }

  /** The lines of a function, in cells. */
  private lines(s: ObjSymbol, to: number, withCode: boolean, gnu: boolean): string[][] {
    const rows: string[][] = [];
    let lastFile = "";
    let lastLine = 0;
    // A function that a range begins in is shown from its start.
    const start = Math.max(s.addr, this.textStart);
    let relocs: readonly ObjReloc[] = s.relocs;
    for (let pc = start; pc < to; ) {
      const at = pc - this.textStart;
      const insn = this.decoder.decode(this.text, at, to - this.textStart, gnu);
      let size = 1;
      let text = "?";
      if (insn !== undefined) {
        size = insn.len;
        text = goSyntax(insn, pc, this.lookup);
        if (gnu) text = `${text.padEnd(36)} // ${gnuSyntax(insn, pc)}`;
      }
      const { file, line } = this.line(pc);
      const cells = [text];
      let used = 0;
      for (; used < relocs.length && relocs[used]!.addr < at + size; used++) {
        const r = relocs[used]!.text(pc - start);
        if (used === 0) cells.push(r);
        else cells[1] += ` ${r}`;
      }
      relocs = relocs.slice(used);
      const bytes = hexBytes(this.text, at, size);
      if (withCode) {
        if (file !== lastFile || line !== lastLine) {
          const source = this.sourceLine(file, line);
          if (source !== undefined) rows.push([source]);
          lastFile = file;
          lastLine = line;
        }
        rows.push([`  0x${pc.toString(16)}`, bytes, ...cells, ""]);
      } else rows.push([`  ${baseName(file)}:${line}`, `0x${pc.toString(16)}`, bytes, ...cells, ""]);
      pc += size;
    }
    return rows;
  }

  /** A line of source; "" for one that the file does not have, undefined when there is no such file. */
  private sourceLine(file: string, line: number): string | undefined {
    if (!file.endsWith(".go")) return "";
    let lines = this.sources.get(file);
    if (!this.sources.has(file)) {
      const path = file.replace(/\$(\w+)/g, (_, name: string) => this.host.env(name) ?? "");
      try {
        lines = decodeUtf8(this.host.readFile(path)).split("\n");
      } catch (e) {
        if (!(e instanceof HostError)) throw e;
        lines = undefined;
      }
      this.sources.set(file, lines);
    }
    return lines === undefined ? undefined : (lines[line - 1] ?? "");
  }
}

function hexBytes(b: Uint8Array, at: number, n: number): string {
  let out = "";
  for (let i = 0; i < n; i++) out += b[at + i]!.toString(16).padStart(2, "0");
  return out;
}

function baseName(path: string): string {
  const s = path.slice(path.lastIndexOf("/") + 1);
  return s.slice(s.lastIndexOf("\\") + 1);
}
