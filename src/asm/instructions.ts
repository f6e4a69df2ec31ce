import { As, opcodeNames } from "#arch";

/** Mnemonics that assembly text may use, those of the table and other spellings (cmd/asm/internal/arch). */
export const instructions: ReadonlyMap<string, As> = makeInstructions();

function makeInstructions(): Map<string, As> {
  const m = new Map<string, As>();
  opcodeNames.forEach((name, as) => {
    m.set(name, as);
  });
  const also = (as: As, names: string): void => {
    for (const n of names.split(" ")) m.set(n, as);
  };
  also(As.JHI, "JA JNBE");
  also(As.JCC, "JAE JHS JNB JNC");
  also(As.JCS, "JB JC JLO JNAE");
  also(As.JLS, "JBE JNA");
  also(As.JEQ, "JE JZ");
  also(As.JNE, "JNZ");
  also(As.JGT, "JG JNLE");
  also(As.JGE, "JNL");
  also(As.JLT, "JL JNGE");
  also(As.JLE, "JNG");
  also(As.JOC, "JNO");
  also(As.JOS, "JO");
  also(As.JPC, "JNP JPO");
  also(As.JPS, "JP JPE");
  also(As.JPL, "JNS");
  also(As.JMI, "JS");
  also(As.MASKMOVOU, "MASKMOVDQU");
  also(As.MOVQ, "MOVD MOVDQ2Q");
  also(As.MOVNTO, "MOVNTDQ");
  also(As.MOVO, "MOVOA");
  also(As.PSLLO, "PSLLDQ");
  also(As.PSRLO, "PSRLDQ");
  also(As.PADDL, "PADDD");
  also(As.MOVBEL, "MOVBELL");
  also(As.MOVBEQ, "MOVBEQQ");
  also(As.MOVBEW, "MOVBEWW");
  return m;
}

/** Whether the mnemonic takes a branch target. */
export function isJump(word: string): boolean {
  return word[0] === "J" || word === "CALL" || word.startsWith("LOOP") || word === "XBEGIN";
}
