// The disassembler against Go's own, built from the sources that GOROOT holds, on bytes of all kinds; lengths against
// iced-x86.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Decoder as IcedDecoder, DecoderOptions } from "iced-x86";
import { readElf } from "#formats";
import { gnuSyntax } from "./gnusyntax.ts";
import { GoDecoder } from "./goinst.ts";
import { goSyntax } from "./gosyntax.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-disasm-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const program = `package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"

	"oracle/x86asm"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		b, _ := hex.DecodeString(in.Text())
		inst, err := x86asm.Decode(b, 64)
		if err != nil || inst.Len == 0 || inst.Op == 0 {
			fmt.Fprintln(out, "1\\t?\\t?")
			continue
		}
		fmt.Fprintf(out, "%d\\t%s\\t%s\\n", inst.Len, x86asm.GoSyntax(inst, 0x401000, nil), x86asm.GNUSyntax(inst, 0x401000, nil))
	}
}
`;
import { goroot, realGo } from "../base/testing/realgo.ts";

/** Instructions of random bytes: prefixes, REX or VEX, every opcode map. */
function* randomInstructions(seed: number, count: number): Generator<Uint8Array> {
  let s = seed;
  const random = (n: number): number => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % n;
  };
  const prefixes = [0x66, 0xf2, 0xf3, 0xf0, 0x67, 0x64, 0x65, 0x2e, 0x3e, 0x36, 0x26];
  for (let i = 0; i < count; i++) {
    const b: number[] = [];
    if (random(4) === 0) {
      if (random(2) === 0) b.push(0xc5, random(256));
      else b.push(0xc4, random(256), random(256));
    }
    const many = random(10);
    for (let k = 0; k < (many < 6 ? 0 : many < 9 ? 1 : 2); k++) b.push(prefixes[random(prefixes.length)]!);
    if (b[0] !== 0xc4 && b[0] !== 0xc5 && random(3) === 0) b.push(0x40 | random(16));
    const map = random(4);
    if (map === 1) b.push(0x0f);
    else if (map === 2) b.push(0x0f, 0x38);
    else if (map === 3 && random(2) === 0) b.push(0x0f, 0x3a);
    while (b.length < 20) b.push(random(8) === 0 ? 0 : random(256));
    yield Uint8Array.from(b);
  }
}

function hexOf(b: Uint8Array): string {
  return Buffer.from(b).toString("hex");
}

test("random bytes disassemble as x86asm disassembles them", () => {
  mkdirSync(join(dir, "oracle"));
  cpSync(join(goroot, "src/cmd/vendor/golang.org/x/arch/x86/x86asm"), join(dir, "oracle/x86asm"), { recursive: true });
  writeFileSync(join(dir, "oracle/go.mod"), "module oracle\n\ngo 1.26\n");
  writeFileSync(join(dir, "oracle/main.go"), program);
  const env = { ...process.env, GOROOT: goroot, GOFLAGS: "-p=1", GOTOOLCHAIN: "local" };
  const built = spawnSync(realGo, ["build", "-o", "../x86", "."], {
    cwd: join(dir, "oracle"),
    env,
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stderr);
  const count = Number(process.env["RT0_FULL"] ?? 0) > 0 ? 1000000 : 40000;
  const cases = [...randomInstructions(20, count)];
  const input = cases.map((b) => `${hexOf(b)}\n`).join("");
  const run = spawnSync(join(dir, "x86"), [], { input, encoding: "utf8", maxBuffer: 1 << 29 });
  assert.equal(run.status, 0, run.stderr);
  const want = run.stdout.split("\n");
  const decoder = new GoDecoder();
  let go = 0;
  let gnu = 0;
  const different: string[] = [];
  cases.forEach((b, i) => {
    const [len, goText, gnuText] = want[i]!.split("\t");
    const inst = decoder.decode(b, 0, b.length, true);
    const mine = inst === undefined ? "?" : goSyntax(inst, 0x401000, () => undefined);
    if (mine === goText && (inst?.len ?? 1) === Number(len)) go++;
    else different.push(`${hexOf(b)}: ${mine}, want ${goText}`);
    if ((inst === undefined ? "?" : gnuSyntax(inst, 0x401000)) === gnuText) gnu++;
  });
  console.log(`random bytes: ${go}/${count} identical in Go syntax, ${gnu}/${count} in GNU syntax`);
  assert.ok(go / count > 0.9998, different.slice(0, 10).join("\n"));
  assert.ok(gnu / count > 0.999);
});

test("lengths are those that iced-x86 finds", () => {
  const elf = readElf(new Uint8Array(readFileSync(join(goroot, "bin/gofmt"))));
  const decoder = new GoDecoder();
  let same = 0;
  let total = 0;
  for (const s of elf.symbols()) {
    if ((s.info & 15) !== 2 || s.size === 0) continue;
    const bytes = elf.bytesAt(s.value)?.subarray(0, s.size);
    if (bytes === undefined || total > 100000) continue;
    const iced = new IcedDecoder(64, bytes, DecoderOptions.None);
    while (iced.canDecode) {
      const at = iced.position;
      const insn = iced.decode();
      const length = insn.length;
      insn.free();
      // Go's decoder knows no AVX, and finds other instructions in it.
      const first = bytes[at]!;
      if (first === 0xc4 || first === 0xc5 || first === 0x62) continue;
      const mine = decoder.decode(bytes, at, bytes.length);
      if (mine === undefined) continue;
      total++;
      if (mine.len === length) same++;
    }
    iced.free();
  }
  console.log(`lengths: ${same}/${total} as iced-x86 finds them`);
  assert.equal(same, total);
});
