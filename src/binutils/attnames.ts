// Names that stand for an instruction and a value of its immediate byte.

const sse = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"];
const avx = [
  ...sse,
  ...["eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true", "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us"],
  ...["nlt_uq", "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us"],
];
const integer = ["eq", "lt", "le", "", "neq", "nlt", "nle", ""];

/** cmpltpd, vcmpge_oqss, vpcmpnequb; undefined when the value has no name. */
export function comparisonName(mnemonic: string, imm: number): string | undefined {
  let m = /^cmp([ps][sd])$/.exec(mnemonic);
  if (m !== null) return imm < 8 ? `cmp${sse[imm]}${m[1]}` : undefined;
  m = /^vcmp([ps][sd])$/.exec(mnemonic);
  if (m !== null) return imm < 32 ? `vcmp${avx[imm]}${m[1]}` : undefined;
  m = /^vpcmp(u?[bwdq])$/.exec(mnemonic);
  if (m !== null) return imm < 8 && integer[imm] !== "" ? `vpcmp${integer[imm]}${m[1]}` : undefined;
  return undefined;
}

/** pclmulhqlqdq and its like. */
export function multiplicationName(mnemonic: string, imm: number): string | undefined {
  const m = /^(v?pclmul)qdq$/.exec(mnemonic);
  if (m === null || (imm & ~0x11) !== 0) return undefined;
  return `${m[1]}${imm & 1 ? "h" : "l"}q${imm & 16 ? "h" : "l"}qdq`;
}
