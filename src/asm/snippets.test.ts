import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runAsm } from "./testing/host.ts";
import { goroot, goTool } from "./testing/std.ts";

const scratch = mkdtempSync(join(tmpdir(), "rt0-asm-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
writeFileSync(join(scratch, "inc.h"), "#define INCLUDED $7\n#define TWICE(x) x; x\n");
writeFileSync(join(scratch, "code.h"), "\tMOVQ $1, AX\n\tADDQ $2, AX\n");

/** Sources, right and wrong: what comes out, in bytes and in words, must be what the real assembler says. */
const snippets: readonly string[] = [
  // Preprocessor.
  '#include "inc.h"\nTEXT ·f(SB), 4, $0\n\tMOVQ INCLUDED, AX\n\tTWICE(INCQ AX)\n\tRET\n',
  'TEXT ·f(SB), 4, $0\n#include "code.h"\n\tRET\n',
  "#define A(x, y) ADDQ x, y\nTEXT ·f(SB), 4, $0\n\tA($1, AX)\n\tA(8(BX)(CX*4), DX)\n\tRET\n",
  "#define A(x) \\\n\tADDQ x, AX; \\\n\tSUBQ x, BX\nTEXT ·f(SB), 4, $0\n\tA($1)\n\tRET\n",
  "#define EMPTY\n#define NONE() NOP\nTEXT ·f(SB), 4, $0\n\tEMPTY\n\tNONE()\n\tRET\n",
  "#define A(x) x\n#define B A\nTEXT ·f(SB), 4, $0\n\tB(INCQ AX)\n\tRET\n",
  "#define X 1\n#ifdef X\n#define Y 2\n#else\n#define Y 3\n#endif\n#ifndef X\n#define Y 4\n#endif\nTEXT ·f(SB), 4, $0\n\tMOVQ $Y, AX\n\tRET\n",
  "#ifdef NOPE\n#ifdef X\n#else\n#endif\nfoo bar baz\n#endif\nTEXT ·f(SB), 4, $0\n\tRET\n",
  '#line 100 "other.s"\nTEXT ·f(SB), 4, $0\n\tNOPE\n\tRET\n',
  '#line 100 "other.s"\nTEXT ·f(SB), 4, $0\n\tMOVQ AX, BX\n\tRET\n',
  "#define X 1\n#define X 2\n",
  "#define X 1\n#undef X\n#define X 2\nTEXT ·f(SB), 4, $X\n\tRET\n",
  "#undef X\n",
  "#nope\n",
  "#include <inc.h>\n",
  '#include "nothere.h"\n',
  "#ifdef X\n",
  "#else\n",
  "#endif\n",
  "TEXT ·f(SB), 4, $0 #define X\n",
  "#define A(x,x) x\n",
  "#define A(x,,y) x\n",
  "#define A(x) x\nTEXT ·f(SB), 4, $0\n\tA(1, 2)\n",
  "#define A(x) x\nTEXT ·f(SB), 4, $0\n\tA(1\n",
  "#define R R\nTEXT ·f(SB), 4, $0\n\tR\n",
  // Lines and labels.
  "TEXT ·f(SB), 4, $0\na: b: INCQ AX; JNE a; JMP b\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tJMP 2(PC)\n\tNOP\n\tJMP -2(PC)\n\tJEQ 1(PC)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tJMP nowhere\n\tRET\n",
  "TEXT ·f(SB), 4, $0\na:\na:\n\tRET\n",
  "TEXT ·f(SB), 4, $0\nx:\tJCXZQ x\n\tJCXZL x\n\tLOOP x\n\tLOOPNE y\ny:\tRET\n",
  `TEXT ·f(SB), 4, $0\nx:\n${"\tMOVQ 1000(AX), BX\n".repeat(40)}\tJEQ x\n\tJNE y\n${"\tMOVQ 1000(AX), BX\n".repeat(18)}y:\tRET\n`,
  "TEXT ·f(SB), 4, $0\n\tCALL ·g(SB)\n\tCALL AX\n\tCALL (R9)\n\tCALL 8(AX)(BX*2)\n\tJMP (R12)\n\tCALL *·v(SB)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tJMP ·g(SB)\nTEXT ·g(SB), 0, $8-16\n\tCALL ·f(SB)\n\tRET\nTEXT ·h(SB), 0, $0\n\tRET ·g(SB)\n",
  "\tMOVQ AX, BX\nTEXT ·f(SB), 4, $0\n\tRET\n",
  "4 MOVQ\n",
  "TEXT ·f(SB), 4, $0\n\tNOSUCH AX\n\tMOVQ AX,\n\tMOVQ ,AX\n\tMOVQ AX BX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ AX:DX, BX\n\tSHLQ $3, AX:DX\n\tRET\n",
  // Operands.
  "TEXT ·f(SB), 4, $0\n\tMOVQ $(1<<40|3), AX\n\tMOVQ $~0, AX\n\tMOVQ $-1, (BX)\n\tMOVL $0x80000000, CX\n\tMOVB $'a', DL\n\tMOVQ $(7*6/5%4 + 0x10&0x18), R8\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ $0xffffffffffffffff, AX\n\tMOVQ $0x123456789, AX\n\tMOVQ $0x7fffffff, AX\n\tMOVQ $0xffffffff, AX\n\tMOVQ $1_000, AX\n\tMOVQ $0o17, AX\n\tMOVQ $0b101, AX\n\tMOVQ $017, AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ $0x1ffffffffffffffff, AX\n\tMOVQ $(1/0), AX\n\tMOVQ $(1, AX\n\tMOVQ $089, BX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVSD $1.5, X1\n\tMOVSS $(-0.25), X2\n\tMOVSD $0.0, X3\n\tMOVSD $(-0.0), X4\n\tADDSD $1e100, X5\n\tMOVSD $0x1p-2, X6\n\tRET\n",
  "TEXT ·f(SB), 0, $64-16\n\tMOVQ a+0(FP), AX\n\tMOVQ x-8(SP), BX\n\tMOVQ 8(SP), CX\n\tLEAQ y-64(SP), DX\n\tMOVQ $z-32(SP), SI\n\tPUSHQ AX\n\tMOVQ a+0(FP), AX\n\tPOPQ AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ 0(FP), AX\n\tMOVQ x(BP), AX\n\tMOVQ x, AX\n\tMOVQ x+4, AX\n\tMOVQ (PC), AX\n\tMOVQ $AX, BX\n\tMOVQ (AX)(BX*3), CX\n\tMOVQ AX+BX, CX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ (AX)(BX), CX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ [AX-BX], CX\n\tVP4DPWSSD 17(SP), [Z0-Z3], K2, Z0\n\tMOVQ [Z0], AX\n\tMOVQ [Q0-Q1], AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ foo<ABIInternal>(SB), AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ foo<>(SB), AX\n\tLEAQ foo<>+8(SB), BX\n\tMOVQ $foo<>+16(SB), CX\n\tCMPQ ·x(SB), $1\n\tMOVL $1, ·y+4(SB)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ 8(AX)(TLS*1), BX\n\tMOVQ TLS, CX\n\tMOVQ (TLS), R14\n\tMOVQ (GS), AX\n\tMOVQ 8(FS), AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tVADDPD.BCST (AX), Z1, K1, Z2\n\tVADDPD.RN_SAE.Z Z0, Z1, K1, Z2\n\tVADDPD.Z.BCST (AX), Z1, K1, Z2\n\tVADDPD.FOO X0, X1, X2\n\tVADDPD.BCST.SAE X0, X1, X2\n\tVADDPD. X0, X1, X2\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tCMPPS X1, X2, $3\n\tCMPSD X1, X2, 4\n\tPINSRQ $1, AX, X2\n\tPEXTRW $3, X1, (AX)\n\tSHLQ $5, AX, BX\n\tSHRQ CX, DX, R9\n\tIMUL3Q $7, AX, BX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tLOCK\n\tXADDQ AX, (BX)\n\tREP; MOVSQ\n\tLOCK; CMPXCHGQ CX, 8(DX)\n\tXCHGL AX, CX\n\tBSWAPQ R9\n\tSETHI R10\n\tNEGL DI\n\tNOTB SI\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tBYTE $1; BYTE $0xff; WORD $0x1234; LONG $0xdeadbeef; QUAD $0x0102030405060708\n\tLONG $·f(SB)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tFFREE F1\n\tENTER\n\tAAA\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tADJSP $8\n\tADJSP $-8\n\tUNDEF\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tPCALIGN $16\n\tNOP\n\tMOVQ AX, BX\n\tPCALIGN $32\n\tMOVQ AX, BX\n\tPCALIGN $7\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ AX, BX\n\tPCALIGN $64\n\tRET\n",
  // Lines and operands that come again: in other instructions, after other definitions, far and near, in jumps that get long.
  "TEXT ·f(SB), 4, $0\n\tADDB $1, AX\n\tMOVQ AX, BX\n\tADDB AX, AX\n\tADDB $1, AX\n\tMOVBLZX AX, AX\n\tMOVQ $1, AX\n\tADDB $1, AX\n\tRET\n",
  `TEXT ·f(SB), 4, $0\n\tJEQ y\n\tADDB $1, AX\n\tXORB AX, AX\n${"\tADDB $1, AX\n\tVPADDD 8(AX)(BX*4), X1, X2\n\tMOVL AX, 300(BX)\n".repeat(30)}y:\tRET\n`,
  "#define A AX\n#define N 1\nTEXT ·f(SB), 4, $0\n\tADDQ $N, A\n\tADDQ $N, A\n#undef A\n#undef N\n#define A BX\n#define N (2+3)\n\tADDQ $N, A\n\tADDQ $N, A // again\n\tADDQ $N, A // again\n\tRET\n",
  "TEXT ·f(SB), 4, $16\n\tMOVQ TLS, BX\n\tMOVQ 8(BX)(TLS*1), CX\n\tADJSP $8\n\tADJSP $-8\n\tADJSP $8\n\tADJSP $-8\n\tMOVQ $8, BX\n\tMOVQ a-8(SP), CX\n\tPUSHQ CX\n\tMOVQ a-8(SP), CX\n\tPOPQ CX\n\tPUSHQ CX\n\tPOPQ CX\n\tRET\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tCMPPS X1, X2, 4\n\tMOVQ 4, AX\n\tMOVQ 4, AX\n\tCMPPS X1, X2, 4\n\tMOVQ $4, 4\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ AX, NOPE\n\tMOVQ AX, NOPE\n\tADDQ X0, AX\n\tADDQ X0, AX\n\tJMP 0x\n\tMOVQ $0x, AX\n\tMOVQ $0x, AX\n\tRET\n",
  "#define LP (\n#define two AX, BX\n#define a·b 8\nTEXT ·f(SB), 4, $0\n\tMOVQ two\n\tMOVQ $a·b, CX\n\tMOVQ LP AX), CX\n\tRET\n",
  'TEXT ·f(SB), 4, $0\nl:\n\tMOVQ AX, BX\nTEXT ·g(SB), 4, $0\nl:\n\tMOVQ AX, BX\n\tMOVQ AX, BX\n\tJMP l\n#line 7 "x.s"\n\tMOVQ AX, BX\n\tMOVQ AX, BX\n\tNOPE\n',
  "TEXT ·f(SB), 4, $0\n\tMOVQ\tAX , BX  // c\n\tRET // \r\n\tRET\r\n\tMOVQ AX, BX\0\n\tRET\n\0\n",
  // Mistakes in several functions and stages; data of the assembler's own is behind the file's.
  "TEXT ·f(SB), 4, $0\n\tADDQ X0, AX\n\tRET\nTEXT ·g(SB), 4, $0\n\tNOPE\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tADDQ X0, AX\n\tRET\nTEXT ·g(SB), 4, $0\n\tFUNCDATA $0, no_pointers_stackmap(SB)\n\tADDQ X1, AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0-8\n\tFUNCDATA $1, no_pointers_stackmap(SB)\n\tRET\nGLOBL ·x(SB), 16, $8\nTEXT ·g(SB), 4, $0-8\n\tFUNCDATA $1, no_pointers_stackmap(SB)\n\tMOVSD $1.5, X0\n\tRET\nGLOBL ·y(SB), 16, $8\n",
  "TEXT ·f(SB), 4, $0\n\tADDQ X0, AX\n\tRET\nTEXT ·g(SB), 4, $0\n\tJMP nowhere\n\tRET\nTEXT ·h(SB), 4, $0\n\tRET\n",
  // Frames.
  "TEXT ·f(SB), 0, $0-8\n\tRET\nTEXT ·g(SB), 0, $8-8\n\tRET\nTEXT ·h(SB), 0, $120-8\n\tCALL ·f(SB)\n\tRET\nTEXT ·i(SB), 0, $200-8\n\tRET\nTEXT ·j(SB), 0, $5000-8\n\tCALL ·f(SB)\n\tRET\n",
  "TEXT ·f(SB), 64, $200-8\n\tCALL ·f(SB)\n\tRET\nTEXT ·g(SB), 512, $0\n\tPUSHQ AX\n\tPOPQ AX\n\tRET\nTEXT ·h(SB), 2048, $8\n\tRET\nTEXT ·i(SB), 4, $-8\n\tRET\n",
  "TEXT ·f(SB), 4, $8\n\tPUSHQ AX\n\tRET\n",
  "TEXT ·f(SB), 4, $12\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ AX, SP\n\tRET\n",
  // Pseudo-operations.
  'DATA x<>+0(SB)/8, $1\nDATA x<>+8(SB)/4, $2\nDATA x<>+12(SB)/2, $3\nDATA x<>+14(SB)/1, $4\nDATA x<>+15(SB)/5, $"hello"\nDATA x<>+20(SB)/4, $1.5\nDATA x<>+24(SB)/8, $2.5\nDATA x<>+32(SB)/8, $·f(SB)\nGLOBL x<>(SB), 8, $64\nGLOBL ·y(SB), 16, $32\nGLOBL ·z(SB), $8\nGLOBL ·t(SB), 256, $8\n',
  "DATA ·x+0(SB)/3, $1\nDATA ·x+8(SB)/8, $1\nDATA ·x+0(SB)/8, $1\nDATA ·x+16(SB), $1\nDATA ·x+16(SB)/8, AX\nGLOBL ·x(SB), $8\nGLOBL ·x(SB), $8\nGLOBL ·x+8(SB), $8\nGLOBL ·w(SB), 8\n",
  'DATA ·x(SB)/8, $"a\\x01\\n\\"\\u00e9é"\nGLOBL ·x(SB), 24, $8\n',
  "TEXT ·f(SB), $0\n\tRET\nTEXT ·g(SB), 4\n\tRET\nTEXT ·h(SB), 4, $x\n\tRET\nTEXT ·i(SB), 4, $8+8\n\tRET\nTEXT ·j+8(SB), 4, $0\n\tRET\nTEXT AX, 4, $0\n\tRET\n",
  "TEXT ·f(SB), 4, $0-8\n\tFUNCDATA $0, go_args_stackmap(SB)\n\tFUNCDATA $1, no_pointers_stackmap(SB)\n\tPCDATA $0, $-2\n\tMOVQ AX, BX\n\tPCDATA $0, $-1\n\tPCDATA $1, $1\n\tCALL ·g(SB)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tFUNCDATA $1, go_args_stackmap(SB)\n\tPCDATA AX, $1\n\tFUNCDATA $3\n\tRET\n",
  "TEXT ·f(SB), 2, $0\n\tRET\nTEXT local<>(SB), 4, $0\n\tMOVQ $1.5, AX\n\tRET\n",
  "TEXT ·f(SB), 2, $0\n\tRET\nTEXT local<>(SB), 4, $0\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ $'a, AX\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tRET\n/* never ends\n",
  // Comments and unusual letters.
  "// a\n/* b\n c */ TEXT ·f(SB), 4, $0 /* d */\n\tRET // e\n",
  "//go:build amd64\n\nTEXT ·f(SB), 4, $0\n\tRET\n//go:build late\n",
  "TEXT a∕b·f(SB), 4, $0\n\tCALL c∕d·g(SB)\n\tRET\n",
  "TEXT ·f(SB), 4, $0\n\tMOVQ 'a', AX\n\tMOVQ $'é', AX\n\tMOVQ $'\\n', BX\n\tRET\n",
];

test("snippets", () => {
  let same = 0;
  const bad: string[] = [];
  const out = join(scratch, "x.o");
  for (const text of snippets) {
    writeFileSync(join(scratch, "x.s"), text);
    rmSync(out, { force: true });
    const args = ["-S", "-p", "pkg/x", "-I", join(goroot, "pkg/include"), "-o", out, "./x.s"];
    const want = goTool(["asm", ...args], scratch);
    const have = runAsm(args, scratch, { GOROOT: goroot });
    const equal = want.status !== 0 || Buffer.compare(have.output ?? Buffer.alloc(0), readFileSync(out)) === 0;
    if (have.stderr === want.stderr && have.status === want.status && have.stdout === want.stdout && equal) same++;
    else
      bad.push(
        `${text}\nwant ${want.status} ${want.stderr}\nhave ${have.status} ${have.stderr}${have.stdout === want.stdout ? "" : "\nlistings differ"}${equal ? "" : "\nobjects differ"}`,
      );
  }
  console.log(`snippets: ${same}/${snippets.length} identical`);
  assert.equal(bad.length, 0, bad.slice(0, 3).join("\n\n"));
});
