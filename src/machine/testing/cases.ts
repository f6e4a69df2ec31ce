// Random instructions for the differential test: every row of the decoder's table, random registers, memory and
// immediates, operands that are often the interesting ones. Deterministic for a seed.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Decoder, OperandKind } from "#arch";
import { rows as rowText } from "../../arch/decode/gen/table.ts";

export const inSize = 16 + 128 + 8 + 512 + 8 + 160;
export const outSize = 8 + 128 + 8 + 512 + 8 + 160;

export class Random {
  private s: number;
  constructor(seed: number) {
    this.s = seed >>> 0 || 1;
  }
  next(): number {
    let x = this.s;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.s = x >>> 0;
    return this.s;
  }
  below(n: number): number {
    return this.next() % n;
  }
}

/** Flags that the instruction table calls undefined, by Intel mnemonic: bits of EFLAGS. */
export function undefinedFlags(root: string): Map<string, number> {
  const out = new Map<string, number>();
  const letters: Record<string, number> = { c: 1, p: 4, a: 16, z: 64, s: 128, o: 2048 };
  for (const f of readdirSync(join(root, "src/arch")).filter((x) => x.endsWith(".insns") && !x.startsWith("avx512"))) {
    for (const line of readFileSync(join(root, "src/arch", f), "utf8").split("\n")) {
      const c = line.split(" | ");
      if (line.startsWith("#") || c.length < 7) continue;
      const u = /(?:^| )u=([a-z]+)/.exec(c[3] as string);
      if (u === null) continue;
      let m = 0;
      for (const l of u[1] as string) m |= letters[l] ?? 0;
      for (const name of (c[5] as string).split(" ")) out.set(name, (out.get(name) ?? 0) | m);
    }
  }
  return out;
}

/** Left out: what leaves the harness, needs a privilege, is not reported by CPUID, or is an approximation. */
const skip =
  /^(j|loop|call|ret|syscall|sys|int|iret|hlt|cpuid|rdtsc|rdtscp|rdpmc|rdrand|rdseed|rdpid|xgetbv|ud|in$|out|ins$|x(save|rstor|begin|end|abort|test)|v?(rcp|rsqrt)|popf|clac|stac|mov.seg|rdfs|rdgs|wrfs|wrgs|monitor|mwait|verr|verw|lar|lsl|s[gil]dt|smsw|str$|sldt|cl(flush|wb|demote|zero)|rdssp|lds|lss|lfs|lgs|xacquire|xrelease|pause|ptwrite|lock|swapgs|invd|rdmsr|wrmsr|rsm|sti|cli|mov.cr|vmxoff|ldtilecfg|serialize|encls|tpause|umonitor|umwait|gf2p8|vgf2p8|rdpkru|wrpkru|bound|movdir|enqcmd|wbnoinvd|wbinvd|invpcid|invlpg|getsec|pconfig|cldemote|lwpcb|llwpcb|pcommit|enclu|enclv)/;
/** x87 instructions that are left out: approximations, and those whose operand is a whole environment. */
const skipX87 =
  /^f(sin|cos|sincos|ptan|patan|2xm1|yl2x|yl2xp1|n?stenv|n?save|ldenv|rstor|n?stsw|ldcw|xsave|xrstor|wait|far)/;

/** One random instruction as bytes, with its decoded name. */
export interface Drawn {
  readonly code: Uint8Array;
  readonly mnemonic: string;
  readonly text: string;
}

export class Generator {
  private readonly rows: string[][] = [];
  private readonly decoder = new Decoder();

  constructor(
    readonly random: Random,
    filter: (mnemonic: string) => boolean = () => true,
  ) {
    for (const line of rowText.split("\n")) {
      const f = line.split(" ");
      const name = f[13] as string;
      if (name[0] === "f" ? skipX87.test(name) : skip.test(name) && name !== "insertps") continue;
      if (!filter(name)) continue;
      if (f[11] === "1") continue;
      this.rows.push(f);
    }
  }

  get forms(): number {
    return this.rows.length;
  }

  draw(): Drawn {
    const r = this.random;
    for (;;) {
      const [vex, map, opcode, pp, w, l, digit, fixed, plus, modrm, imm, , width, name, ops] = this.rows[
        r.below(this.rows.length)
      ] as string[];
      const bytes: number[] = [];
      const memoryOnly = /(^|,)mM/.test(ops as string);
      const canMemory = memoryOnly || /(^|,)m[RV]\d+\/[1-9]/.test(ops as string);
      const inMemory = memoryOnly || (canMemory && r.below(3) === 0);
      // 256 bits of these are features of their own; PUSHF of 16 bits is not told from that of 64.
      if (l === "1" && /^v(aes|pclmul)/.test(name as string)) continue;
      if (name === "pushf" && pp === "1") continue;
      const m = Number(map);
      const p = Number(pp);
      let rex = r.below(4) === 0 ? 0x40 | r.below(8) : 0;
      if (inMemory) rex &= ~3;
      if (vex === "1") {
        const R = r.below(2);
        const B = inMemory ? 0 : r.below(2);
        const code = p === 0 ? 0 : p === 1 ? 1 : p === 2 ? 2 : 3;
        const usesV = /(^|,)v/.test(ops as string);
        const v = usesV ? r.below(16) : 0;
        bytes.push(0xc4, (R << 7) | 0x40 | (B << 5) | m, (Number(w) << 7) | ((~v & 15) << 3) | (Number(l) << 2) | code);
      } else {
        if ((p & 1) !== 0) bytes.push(0x66);
        if ((p & 2) !== 0) bytes.push(0xf3);
        if ((p & 4) !== 0) bytes.push(0xf2);
        if (Number(width) !== 0 && r.below(2) === 0) bytes.push(r.below(2) === 0 ? 0xf3 : 0xf2);
        if (w === "1") rex |= 0x48;
        if (rex !== 0) bytes.push(rex);
        if (m > 0) bytes.push(0x0f);
        if (m === 2) bytes.push(0x38);
        if (m === 3) bytes.push(0x3a);
      }
      bytes.push(Number.parseInt(opcode as string, 16) + (plus === "1" ? r.below(8) : 0));
      if (fixed !== "-") bytes.push(Number.parseInt(fixed as string, 16));
      else if (modrm === "1") {
        const reg = digit === "-" ? r.below(8) : Number(digit);
        if (/^vp?gather/.test(name as string)) {
          bytes.push(0x44 | (reg << 3), (r.below(2) << 6) | (r.below(8) << 3) | 3, r.below(64));
        } else if (inMemory) {
          // [rbx + disp8], or [rbx + rdx*scale + disp8]: RBX points into the buffer, RDX is small.
          if (r.below(4) === 0) bytes.push(0x44 | (reg << 3), (r.below(4) << 6) | (2 << 3) | 3, r.below(64));
          else bytes.push(0x43 | (reg << 3), r.below(64));
        } else bytes.push(0xc0 | (reg << 3) | r.below(8));
      }
      if (name === "enter") bytes.push(r.below(64), 0, r.below(3) === 0 ? r.below(4) : 0);
      const n =
        name === "enter"
          ? 0
          : imm === "ib" || imm === "is4"
            ? 1
            : imm === "iw"
              ? 2
              : imm === "id"
                ? 4
                : imm === "io"
                  ? 8
                  : 0;
      for (let i = 0; i < n; i++) bytes.push(r.next() & 255);
      const code = Uint8Array.from(bytes);
      const insn = this.decoder.decode(code, 0);
      // RSP as an operand would take the stack away; a vector index must not be the stack either.
      if (
        insn === undefined ||
        insn.length !== code.length ||
        insn.mnemonic !== (insn.mnemonic.endsWith("cc") ? insn.mnemonic : name)
      )
        continue;
      let bad = false;
      for (let i = 0; i < insn.operands; i++) {
        if (insn.kind[i] === OperandKind.Reg && insn.reg[i] === 4) bad = true;
        // Four x87 registers are in use.
        if (insn.kind[i] === OperandKind.St && (insn.reg[i] as number) > 3) bad = true;
      }
      if (insn.vsib) {
        // All three vectors differ, else it is undefined; the lanes of the index that is chosen are small.
        const used = new Set([insn.reg[0], insn.reg[2], insn.index]);
        if (used.size !== 3) bad = true;
      }
      if (bad) continue;
      const kinds = [...insn.kind.subarray(0, insn.operands)]
        .map((k, i) => `${"-rmivb"[k] ?? "?"}${insn.size[i]}`)
        .join(",");
      return { code, mnemonic: insn.mnemonic, text: `${insn.mnemonic} ${kinds}` };
    }
  }

  /** Fills `into` (inSize bytes) with a case for an instruction. */
  fill(into: Uint8Array, drawn: Drawn): void {
    const r = this.random;
    const v = new DataView(into.buffer, into.byteOffset, inSize);
    into.fill(0);
    into[0] = drawn.code.length;
    into.set(drawn.code, 1);
    const interesting = (): bigint => {
      switch (r.below(8)) {
        case 0:
          return 0n;
        case 1:
          return 1n;
        case 2:
          return 0xffffffffffffffffn;
        case 3:
          return [
            0x8000000000000000n,
            0x7fffffffffffffffn,
            0x80000000n,
            0x7fffffffn,
            0x8000n,
            0x7fn,
            0x80n,
            0xffffffffn,
          ][r.below(8)] as bigint;
        case 4:
          return BigInt(r.below(256));
        default:
          return (BigInt(r.next()) << 32n) | BigInt(r.next());
      }
    };
    for (let i = 0; i < 16; i++) v.setBigUint64(16 + i * 8, interesting(), true);
    // Bit offsets reach far: what lies there is mapped at random outside.
    if (/^bt[rsc]? m\d+,r/.test(drawn.text))
      for (let i = 0; i < 16; i++) v.setBigInt64(16 + i * 8, BigInt(r.below(16384) - 8192), true);
    // Pointers into the buffer: RBX, RSP, RSI, RDI; RDX is small when it is an index.
    v.setBigUint64(16 + 3 * 8, 0x10000000n + BigInt(256 + r.below(64)), true);
    v.setBigUint64(16 + 4 * 8, 0x10000000n + 1536n, true);
    v.setBigUint64(16 + 6 * 8, 0x10000000n + BigInt(512 + r.below(256)), true);
    v.setBigUint64(16 + 7 * 8, 0x10000000n + BigInt(512 + r.below(256)), true);
    if (drawn.code.length > 3 && (drawn.text.includes("m") || r.below(2) === 0))
      v.setBigUint64(16 + 2 * 8, BigInt(r.below(16)), true);
    if (/^(movs|stos|lods|scas|cmps) /.test(`${drawn.mnemonic} `)) v.setBigUint64(16 + 8, BigInt(r.below(20)), true);
    v.setUint32(144, 0x202 | (r.next() & 0x8d5), true);
    for (let i = 0; i < 16; i++) {
      for (let k = 0; k < 4; k++) {
        const at = 152 + i * 32 + k * 8;
        switch (r.below(6)) {
          case 0:
            v.setFloat64(
              at,
              [
                0,
                -0,
                1,
                -1,
                1.5,
                Number.NaN,
                Number.POSITIVE_INFINITY,
                Number.NEGATIVE_INFINITY,
                5e-324,
                2 ** 31,
                -(2 ** 63),
                0.5,
              ][r.below(12)] as number,
              true,
            );
            break;
          case 1:
            v.setFloat64(at, (r.next() - 2147483648) / 65536, true);
            break;
          case 2:
            for (let j = 0; j < 8; j += 4)
              v.setFloat32(
                at + j,
                [0, -0, 1, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 2 ** 31, -3.75][r.below(10)] as number,
                true,
              );
            break;
          case 3:
            for (let j = 0; j < 8; j += 4) v.setFloat32(at + j, (r.next() - 2147483648) / 65536, true);
            break;
          default:
            v.setUint32(at, r.next(), true);
            v.setUint32(at + 4, r.next(), true);
        }
      }
    }
    if (/^vp?gather/.test(drawn.mnemonic)) {
      // Indices within the buffer.
      const wide = drawn.mnemonic.includes("gatherq");
      const x =
        (drawn.code[0] === 0xc4 && ((drawn.code[1] as number) & 0x40) === 0 ? 8 : 0) |
        (((drawn.code[5] as number) >> 3) & 7);
      for (let k = 0; k < (wide ? 4 : 8); k++) {
        const at = 152 + x * 32 + k * (wide ? 8 : 4);
        if (wide) v.setBigInt64(at, BigInt(r.below(64) - 32), true);
        else v.setInt32(at, r.below(64) - 32, true);
      }
    }
    this.fillFloat(v, 152 + 520, drawn.mnemonic);
    v.setUint32(152 + 512, r.next(), true);
    v.setUint32(152 + 516, r.next(), true);
  }

  /** x87 registers, control words and MXCSR as the start of an FXSAVE image. */
  private fillFloat(v: DataView, at: number, mnemonic: string): void {
    const r = this.random;
    const other = r.below(6) === 0;
    v.setUint32(at + 24, 0x1f80 | (other ? (r.below(4) << 13) | (r.below(2) << 15) | (r.below(2) << 6) : 0), true);
    v.setUint16(at, 0x37f, true);
    const x87 = mnemonic[0] === "f" || mnemonic.startsWith("mmx.") || mnemonic === "emms";
    if (x87 && r.below(3) === 0)
      v.setUint16(at, 0x7f | (r.below(4) << 10) | ((([0, 2, 3] as const)[r.below(3)] as number) << 8), true);
    const top = x87 ? r.below(8) : 0;
    v.setUint16(at + 2, top << 11, true);
    if (!x87) return;
    let tags = 0;
    for (let i = 0; i < 8; i++) {
      if (i < 4) tags |= 1 << ((top + i) & 7);
      const slot = at + 32 + i * 16;
      let exponent = 16383 + r.below(80) - 40;
      let hi = (r.next() | 0x80000000) >>> 0;
      let lo = r.next();
      switch (r.below(10)) {
        case 0:
          exponent = hi = lo = 0;
          break;
        case 1:
          // A whole number.
          exponent = 16383 + r.below(31);
          hi = (r.below(256) << 24) | 0x80000000;
          lo = 0;
          break;
        case 2:
          if (r.below(4) === 0) {
            exponent = 0x7fff;
            hi = 0x80000000;
            lo = 0;
          } else if (r.below(3) === 0) {
            exponent = 0x7fff;
            hi = 0xc0000000 | r.next();
          }
          break;
        case 3:
          if (r.below(4) === 0) {
            exponent = 0;
            hi &= 0x7fffffff;
          } else if (r.below(3) === 0) exponent = r.below(32766) + 1;
          break;
        default:
      }
      v.setUint32(slot, lo, true);
      v.setUint32(slot + 4, hi >>> 0, true);
      v.setUint16(slot + 8, exponent | (r.below(2) << 15), true);
    }
    v.setUint8(at + 4, tags);
  }
}
