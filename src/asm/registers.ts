import { Reg, registerNames } from "#arch";

/** Pseudo-registers have negative numbers, out of the way of real ones. */
export const enum Pseudo {
  FP = -1,
  SB = -2,
  PC = -4,
}

/** Registers by name as assembly text writes them; SP is the hardware register unless a symbol is before it. */
export const registers: ReadonlyMap<string, number> = makeRegisters();

function makeRegisters(): Map<string, number> {
  const m = new Map<string, number>();
  registerNames.forEach((name, r) => {
    if (name !== "" && r !== Reg.None) m.set(name, r);
  });
  m.set("SB", Pseudo.SB);
  m.set("FP", Pseudo.FP);
  m.set("PC", Pseudo.PC);
  m.set("g", Reg.R14);
  return m;
}
