// Names, files and lines of a Go program from what every Go binary carries: pclntab (Go 1.2 to 1.26, stripped or not),
// and, when it is there, the ELF symbol table for data.

import { decodeUtf8 } from "#base";
import { type ElfFile, type ElfSymbol, readBuildInfo, readElf, type SectionHeader, SymbolType } from "#formats";

/** A function of the program. */
export interface GoFunc {
  readonly name: string;
  readonly entry: number;
  readonly end: number;
  /** Offset of its record in pclntab. */
  readonly record: number;
}

/** The layouts of pclntab, by the first Go that wrote them. */
const magics: Record<number, 2 | 16 | 18 | 20> = { 4294967291: 2, 4294967290: 16, 4294967280: 18, 4294967281: 20 };

export class GoSymbols {
  readonly elf: ElfFile;
  /** "go1.26.8", or "" when the program does not say. */
  readonly version: string;
  /** The minor number: 26; 0 when unknown. */
  readonly minor: number;
  readonly funcs: GoFunc[] = [];
  private readonly byName = new Map<string, GoFunc>();
  private readonly data = new Map<string, ElfSymbol>();
  private readonly dataByAddress: ElfSymbol[] = [];
  private readonly tab: DataView | undefined;
  private readonly bytes: Uint8Array | undefined;
  private readonly layout: 2 | 16 | 18 | 20 = 20;
  private funcnametab = 0;
  private cutab = 0;
  private filetab = 0;
  private pctab = 0;
  readonly stripped: boolean;

  constructor(file: Uint8Array) {
    this.elf = readElf(file);
    let version = "";
    try {
      version = readBuildInfo(file).version;
    } catch {
      // An older layout of the build information: the version is read from the running program then.
    }
    const pclntab = this.elf.section(".gopclntab") ?? this.elf.section(".data.rel.ro.gopclntab");
    const text = this.elf.section(".text");
    if (pclntab !== undefined && text !== undefined) {
      const b = this.elf.data(pclntab);
      const v = new DataView(b.buffer, b.byteOffset, b.byteLength);
      const layout = b.length > 16 ? magics[v.getUint32(0, true)] : undefined;
      if (layout !== undefined) {
        this.layout = layout;
        this.tab = v;
        this.bytes = b;
        try {
          this.readFuncs(v, text);
        } catch (e) {
          if (!(e instanceof RangeError)) throw e;
        }
      }
    }
    let symbols: ElfSymbol[] = [];
    try {
      symbols = this.elf.symbols();
    } catch {
      // Treated as stripped.
    }
    this.stripped = symbols.length === 0;
    for (const s of symbols) {
      if ((s.info & 15) !== SymbolType.Object || s.value === 0) continue;
      this.data.set(s.name, s);
      this.dataByAddress.push(s);
    }
    this.dataByAddress.sort((a, b) => a.value - b.value);
    for (const f of this.funcs) {
      const name = f.name.endsWith(".abi0") ? f.name.slice(0, -5) : f.name;
      const old = this.byName.get(name);
      // Of a function and its wrapper for the other ABI, the larger is the function.
      if (old === undefined || f.end - f.entry > old.end - old.entry) this.byName.set(name, f);
    }
    if (version === "") version = this.embeddedVersion();
    this.version = version;
    const m = /^go1\.(\d+)/.exec(version) ?? /go1\.(\d+)/.exec(version);
    this.minor = m === null ? (layoutMinor(this.layout) ?? 0) : Number(m[1]);
  }

  get isGo(): boolean {
    return this.funcs.length > 0 && this.byName.has("runtime.rt0_go");
  }

  /** runtime.buildVersion: a string whose bytes are in .rodata. */
  private embeddedVersion(): string {
    const s = this.data.get("runtime.buildVersion");
    const at = s === undefined ? undefined : this.elf.bytesAt(s.value);
    if (at === undefined || at.length < 16) return "";
    const v = new DataView(at.buffer, at.byteOffset, at.byteLength);
    const text = this.elf.bytesAt(v.getUint32(0, true) + v.getUint32(4, true) * 4294967296);
    const n = v.getUint32(8, true);
    return text === undefined || n > 64 ? "" : decodeUtf8(text.slice(0, n));
  }

  private word(at: number): number {
    const v = this.tab as DataView;
    return v.getUint32(at, true) + v.getUint32(at + 4, true) * 4294967296;
  }

  private readFuncs(v: DataView, text: SectionHeader): void {
    const n = this.word(8);
    if (n > 10_000_000) return;
    if (this.layout === 2) {
      const functab = 16;
      this.filetab = v.getUint32(functab + (n * 2 + 1) * 8, true);
      for (let i = 0; i < n; i++) {
        const entry = this.word(functab + i * 16);
        const record = this.word(functab + i * 16 + 8);
        const end = this.word(functab + (i + 1) * 16);
        this.funcs.push({ name: this.cstring(v.getInt32(record + 8, true)), entry, end, record });
      }
      return;
    }
    const base = this.layout === 16 ? 24 : 32;
    this.funcnametab = this.word(base);
    this.cutab = this.word(base + 8);
    this.filetab = this.word(base + 16);
    this.pctab = this.word(base + 24);
    const functab = this.word(base + 32);
    // Since 1.26 the field for the start of the text is unused: the section says it.
    const start = this.layout === 16 ? 0 : this.word(24) || text.addr;
    for (let i = 0; i < n; i++) {
      let entry: number;
      let end: number;
      let record: number;
      if (this.layout === 16) {
        entry = this.word(functab + i * 16);
        record = functab + this.word(functab + i * 16 + 8);
        end = this.word(functab + (i + 1) * 16);
      } else {
        entry = start + v.getUint32(functab + i * 8, true);
        record = functab + v.getUint32(functab + i * 8 + 4, true);
        end = start + v.getUint32(functab + (i + 1) * 8, true);
      }
      const nameOff = v.getInt32(record + (this.layout === 16 ? 8 : 4), true);
      this.funcs.push({ name: this.cstring(this.funcnametab + nameOff), entry, end, record });
    }
  }

  private cstring(at: number): string {
    const b = this.bytes as Uint8Array;
    let end = at;
    while (end < b.length && b[end] !== 0) end++;
    return decodeUtf8(b.slice(at, end));
  }

  func(name: string): GoFunc | undefined {
    return this.byName.get(name);
  }

  /** The function that holds pc. */
  find(pc: number): GoFunc | undefined {
    let lo = 0;
    let hi = this.funcs.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((this.funcs[mid] as GoFunc).entry <= pc) lo = mid + 1;
      else hi = mid;
    }
    const f = this.funcs[lo - 1];
    return f !== undefined && pc < f.end ? f : undefined;
  }

  /** "runtime.rt0_go+0x10", or the hexadecimal address. */
  describe(pc: number): string {
    const f = this.find(pc);
    if (f === undefined) return `0x${pc.toString(16)}`;
    return pc === f.entry ? f.name : `${f.name}+0x${(pc - f.entry).toString(16)}`;
  }

  /** Address of a data symbol; undefined in a stripped program. */
  address(name: string): number | undefined {
    return this.data.get(name)?.value;
  }

  symbol(name: string): ElfSymbol | undefined {
    return this.data.get(name);
  }

  /** The data symbol that holds an address: "runtime.g0+16". */
  dataName(address: number): string {
    let lo = 0;
    let hi = this.dataByAddress.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((this.dataByAddress[mid] as ElfSymbol).value <= address) lo = mid + 1;
      else hi = mid;
    }
    const s = this.dataByAddress[lo - 1];
    if (s === undefined || address >= s.value + Math.max(1, s.size)) return "";
    return address === s.value ? s.name : `${s.name}+${address - s.value}`;
  }

  /** A pc table's value at pc: tables are runs of (delta, distance) as varints. */
  private pcvalue(off: number, f: GoFunc, pc: number): number {
    if (off === 0) return -1;
    const b = this.bytes as Uint8Array;
    let at = this.pctab + off;
    let value = -1;
    let p = f.entry;
    const varint = (): number => {
      let r = 0;
      let shift = 0;
      for (;;) {
        const x = b[at++] ?? 0;
        r |= (x & 127) << shift;
        if (x < 128) return r >>> 0;
        shift += 7;
      }
    };
    for (let first = true; at < b.length; first = false) {
      const d = varint();
      if (d === 0 && !first) return -1;
      value += (d & 1) !== 0 ? ~(d >>> 1) : d >>> 1;
      p += varint();
      if (pc < p) return value;
    }
    return -1;
  }

  /** Source position of an instruction. */
  line(pc: number): { file: string; line: number } {
    const f = this.find(pc);
    const v = this.tab;
    if (f === undefined || v === undefined) return { file: "", line: 0 };
    const o = f.record + (this.layout <= 16 ? 8 : 4);
    const file = this.pcvalue(v.getUint32(o + 16, true), f, pc);
    const line = this.pcvalue(v.getUint32(o + 20, true), f, pc);
    let name = "";
    if (file >= 0) {
      if (this.layout === 2) name = this.cstring(v.getUint32(this.filetab + file * 4, true));
      else {
        const cu = v.getUint32(o + 28, true);
        const off = v.getUint32(this.cutab + (cu + file) * 4, true);
        if (off !== 0xffffffff) name = this.cstring(this.filetab + off);
      }
    }
    return { file: name, line: Math.max(0, line) };
  }
}

function layoutMinor(layout: number): number | undefined {
  return layout === 2 ? 15 : layout === 16 ? 17 : layout === 18 ? 19 : undefined;
}
