import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runAsm } from "./testing/host.ts";
import { goroot, goTool } from "./testing/std.ts";

const scratch = mkdtempSync(join(tmpdir(), "rt0-asm-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const source = `#include "textflag.h"
TEXT ·Add(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	MOVQ AX, ret+16(FP)
	RET
TEXT ·Big(SB), 0, $200-8
loop:
	CALL ·Add(SB)
	JNE loop
	CALL AX
	PCDATA $1, $3
	MOVQ ·x(SB), SP
	MOVSD $1.5, X3
	RET
DATA ·x+0(SB)/8, $·Big(SB)
GLOBL ·x(SB), RODATA, $8
`;

/** Command lines before `t.s`: what is printed, the status and the object must be those of the real assembler. */
const cases: readonly string[] = [
  "-v",
  "-S -v",
  "-S=2",
  "-S -S -debug",
  "-S=false",
  "-S=abc",
  "-debug=1",
  "-d=pctab=pctospadj",
  "-d=pctab=pctofile -S",
  "-d=pctab=pctoline",
  "-d=pctab=pctoinline",
  "-d=pctab=pctopcdata",
  "-d=pctab=other,maymorestack=main.f",
  "-d pctab",
  "-d=help",
  "-d=nope",
  "-d",
  "-d=,",
  "-d=compressinstructions=0",
  "-d=compressinstructions=x",
  "-d=maymorestack=main.f",
  "-V",
  "-V=full",
  "-V=goexperiment",
  "-spectre=ret",
  "-spectre=all",
  "-spectre=index",
  "-spectre=nope",
  "-shared",
  "-dynlink",
  "-linkshared",
  "-shared -spectre=ret",
  "-gensymabis",
  "-e",
  "-e=3",
  "-D",
  "-D X=1=2 -D=Y",
  "-I",
  "-trimpath=.",
  "-trimpath",
  "-nosuch",
  "-h",
  "--help",
  "-",
  "---x",
  "-=x",
  "-o /nowhere/x.o",
  "-o",
  "-o z.o",
  "@args",
  "@nofile",
  "bad.s",
  "-gensymabis bad.s",
  "nothere.s",
  "t2.s -S",
];

test("flags", () => {
  writeFileSync(join(scratch, "t.s"), source);
  writeFileSync(join(scratch, "t2.s"), source.replaceAll("·Add", "·Sub").replaceAll("·Big", "·Small"));
  writeFileSync(join(scratch, "bad.s"), "TEXT ·Add(SB), 4, $0-24\n\tFOO AX\n\tMOVQ AX\n\tRET\n");
  writeFileSync(join(scratch, "args"), "-S\n-D=A=x\\ny\n");
  let same = 0;
  const bad: string[] = [];
  for (const c of cases) {
    const args = ["-p", "main", "-I", join(goroot, "pkg/include"), ...c.split(" "), "t.s"];
    const out = join(scratch, c === "-o z.o" ? "z.o" : "t.o");
    rmSync(out, { force: true });
    const want = goTool(["asm", ...args], scratch);
    // The assembler prints the address of a buffer of its own there.
    const stdout = want.stdout.replace(/(bytes to) 0x[0-9a-f]+/g, "$1 0x0");
    const have = runAsm(args, scratch, { GOROOT: goroot });
    const object = existsSync(out) ? readFileSync(out) : Buffer.alloc(0);
    const differs: string[] = [];
    if (have.stdout !== stdout) differs.push(`stdout:\n${have.stdout}\nwant:\n${stdout}`);
    if (have.stderr !== want.stderr) differs.push(`stderr:\n${have.stderr}\nwant:\n${want.stderr}`);
    if (have.status !== want.status) differs.push(`status ${have.status}, want ${want.status}`);
    if (want.status === 0 && Buffer.compare(have.output ?? Buffer.alloc(0), object) !== 0) differs.push("object");
    if (differs.length === 0) same++;
    else bad.push(`${c}: ${differs.join("\n")}`);
  }
  console.log(`asm flags: ${same}/${cases.length} command lines identical`);
  assert.equal(bad.length, 0, bad.slice(0, 3).join("\n\n"));
});
