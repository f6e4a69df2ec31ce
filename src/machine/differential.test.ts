import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Machine } from "./machine.ts";
import { Generator, inSize, outSize, Random, undefinedFlags } from "./testing/cases.ts";

const root = process.env.RT0_ROOT ?? process.cwd();
const dir = join(tmpdir(), "rt0-machine");
const batch = 512;

/** The harness, built once. */
function harness(): string {
  mkdirSync(dir, { recursive: true });
  const out = join(dir, "diff");
  execFileSync("gcc", ["-O1", "-static", "-mavx", "-o", out, join(root, "src/machine/testing/diff.c")]);
  return out;
}

const arithmetic = 0x8d5;

/** Flags and results that the manual leaves open for this case. */
function openFlags(
  mnemonic: string,
  code: Uint8Array,
  before: DataView,
  table: Map<string, number>,
  text: string,
): number {
  let open = table.get(mnemonic) ?? 0;
  const shift = /^(shl|sal|shr|sar|rol|ror|rcl|rcr|shld|shrd)$/.test(mnemonic);
  if (shift) {
    const size = Number(/^[a-z]+ .(\d+)/.exec(text)?.[1] ?? 64);
    const byCl = /,r8$/.test(text);
    const one =
      /,i8$/.test(text) &&
      [0xd0, 0xd1].includes(code.find((b) => b !== 0x66 && b !== 0xf2 && b !== 0xf3 && (b & 0xf0) !== 0x40) ?? 0) &&
      !/^sh[lr]d/.test(mnemonic);
    const raw = byCl ? before.getUint8(16 + 8) : one ? 1 : (code[code.length - 1] as number);
    const count = raw & (size === 64 ? 63 : 31);
    open = 0;
    if (count !== 0 && !/^r/.test(mnemonic)) open |= 16;
    if (count !== 1) open |= 2048;
    if (count >= size && /^(shl|sal|shr|sar)$/.test(mnemonic)) open |= 1;
    if (count > size && /^sh[lr]d$/.test(mnemonic)) open = arithmetic;
    if (count === 0) open = 0;
  }
  return open;
}

/** Which of several NaNs a dot product gives differs between runs of one CPU even: a NaN is a NaN there. */
function sameDots(mnemonic: string, x: bigint, y: bigint): boolean {
  if (!/^v?dpps$/.test(mnemonic)) return false;
  const same = (a: bigint, b: bigint): boolean =>
    a === b || ((a & 0x7fffffffn) > 0x7f800000n && (b & 0x7fffffffn) > 0x7f800000n);
  return same(x & 0xffffffffn, y & 0xffffffffn) && same(x >> 32n, y >> 32n);
}

test("random instructions give the CPU's results", { skip: !existsSync("/usr/bin/gcc") && "needs gcc" }, () => {
  if (!readFileSync("/proc/cpuinfo", "utf8").includes(" avx2 ")) return;
  const total = Number(process.env.RT0_CASES ?? 8192);
  const table = undefinedFlags(root);
  const g = new Generator(new Random(Number(process.env.RT0_SEED ?? 1)));
  const program = harness();
  const elf = readFileSync(program);
  const failures = new Map<string, { count: number; first: string }>();
  const forms = new Set<string>();
  let compared = 0;
  let faults = 0;
  const chunk = batch * Math.min(128, Math.max(1, Math.ceil(total / batch)));
  for (let done = 0; done < total; done += chunk) {
    const drawn = Array.from({ length: chunk }, () => g.draw());
    const input = new Uint8Array((chunk / batch) * 8 + chunk * inSize);
    let at = 0;
    const offsets: number[] = [];
    drawn.forEach((d, i) => {
      if (i % batch === 0) {
        new DataView(input.buffer).setUint32(at, batch, true);
        at += 8;
      }
      offsets.push(at);
      g.fill(input.subarray(at, at + inSize), d);
      at += inSize;
    });
    const native = spawnSync(program, { input, maxBuffer: 1 << 30 });
    assert.equal(native.status, 0, `native harness: ${native.signal ?? native.stderr}`);
    const parts: Uint8Array[] = [];
    let read = 0;
    const machine = new Machine({
      cpu: "v3",
      terminal: {
        read: (_fd, n) => {
          const b = input.subarray(read, read + n);
          read += b.length;
          return b;
        },
        write: (fd, b) => {
          if (fd === 1) parts.push(b.slice());
          return true;
        },
        isTerminal: () => false,
      },
    });
    const unknown = new Set<string>();
    machine.engine.helpers.unsupported = (what) => unknown.add(what);
    machine.load(elf, ["diff"], []);
    machine.run(5e9);
    assert.equal(machine.exitStatus, 0, "harness in the machine");
    const ours = Buffer.concat(parts);
    const real = native.stdout;
    assert.equal(ours.length, real.length, "length of the results");
    drawn.forEach((d, i) => {
      const from = i * outSize;
      const a = new DataView(ours.buffer, ours.byteOffset + from, outSize);
      const b = new DataView(real.buffer, real.byteOffset + from, outSize);
      const before = new DataView(input.buffer, offsets[i] as number, inSize);
      compared++;
      forms.add(d.text);
      const wrong: string[] = [];
      if (a.getUint32(0, true) !== b.getUint32(0, true))
        wrong.push(`signal ${a.getUint32(0, true)} want ${b.getUint32(0, true)}`);
      else if (a.getUint32(0, true) !== 0) faults++;
      else {
        const zeroScan = (d.mnemonic === "bsf" || d.mnemonic === "bsr") && (b.getUint32(136, true) & 64) !== 0;
        for (let r = 0; r < 16 && !zeroScan; r++) {
          const x = a.getBigUint64(8 + r * 8, true);
          const y = b.getBigUint64(8 + r * 8, true);
          if (x !== y) wrong.push(`r${r} ${x.toString(16)} want ${y.toString(16)}`);
        }
        const open = openFlags(d.mnemonic, d.code, before, table, d.text);
        const fx = a.getUint32(136, true) & arithmetic & ~open;
        const fy = b.getUint32(136, true) & arithmetic & ~open;
        if (fx !== fy) wrong.push(`flags ${fx.toString(16)} want ${fy.toString(16)}`);
        for (let k = 0; k < 64; k++) {
          const x = a.getBigUint64(144 + k * 8, true);
          const y = b.getBigUint64(144 + k * 8, true);
          if (x !== y && !sameDots(d.mnemonic, x, y))
            wrong.push(`ymm${k >> 2}[${k & 3}] ${x.toString(16)} want ${y.toString(16)}`);
        }
        if ((a.getUint32(664 + 24, true) & 0xffc0) !== (b.getUint32(664 + 24, true) & 0xffc0)) wrong.push("mxcsr");
        if ((d.mnemonic[0] === "f" && d.mnemonic !== "fxch") || d.mnemonic.startsWith("mmx.")) {
          const mask = d.mnemonic === "fxam" ? 0x7f00 : 0x7d00;
          const sx = a.getUint16(664 + 2, true) & mask;
          const sy = b.getUint16(664 + 2, true) & mask;
          if (sx !== sy) wrong.push(`status ${sx.toString(16)} want ${sy.toString(16)}`);
        }
        if (a.getUint16(664, true) !== b.getUint16(664, true)) wrong.push("control word");
        const tags = b.getUint8(664 + 4);
        if (a.getUint8(664 + 4) !== tags) wrong.push(`tags ${a.getUint8(668)} want ${tags}`);
        const top = (b.getUint16(664 + 2, true) >> 11) & 7;
        for (let k = 0; k < 8; k++) {
          // What an empty register holds is of no matter.
          if ((tags & (1 << ((top + k) & 7))) === 0) continue;
          const at = 664 + 32 + k * 16;
          const x = (BigInt(a.getUint16(at + 8, true)) << 64n) | a.getBigUint64(at, true);
          const y = (BigInt(b.getUint16(at + 8, true)) << 64n) | b.getBigUint64(at, true);
          if (x !== y) wrong.push(`st${k} ${x.toString(16)} want ${y.toString(16)}`);
        }
        const undefinedShift = open === arithmetic && /^sh[lr]d$/.test(d.mnemonic);
        if (undefinedShift) wrong.length = 0;
        else if (a.getBigUint64(656, true) !== b.getBigUint64(656, true)) wrong.push("memory");
      }
      if (wrong.length > 0) {
        const f = failures.get(d.text);
        if (f === undefined)
          failures.set(d.text, {
            count: 1,
            first: `${Buffer.from(d.code).toString("hex")} ${wrong.slice(0, 3).join("; ")}`,
          });
        else f.count++;
      }
    });
    for (const u of unknown) if (!failures.has(u)) failures.set(u, { count: 1, first: "not implemented" });
  }
  let bad = 0;
  for (const f of failures.values()) bad += f.count;
  console.log(
    `${compared} cases of ${forms.size} forms (${g.forms} rows), ${faults} equal faults, ${bad} differ in ${failures.size} forms`,
  );
  for (const [text, f] of [...failures].slice(0, 60)) console.log(`  ${f.count} x ${text}: ${f.first}`);
  assert.equal(bad, 0);
});
