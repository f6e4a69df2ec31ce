// What CPUID answers: a plausible Intel CPU at one of the levels of GOAMD64.

/** A set of features, as the words of CPUID. */
export interface CpuModel {
  readonly name: string;
  readonly leaf1Ecx: number;
  readonly leaf7Ebx: number;
  readonly extendedEcx: number;
  readonly avx: boolean;
}

const bits = (...n: number[]): number => n.reduce((m, b) => m | (1 << b), 0) >>> 0;

/** The levels: v1 has SSE2 alone; v2 adds SSE4.2, POPCNT and the like; v3 adds AVX2, BMI, FMA, and AES, SHA. */
export const cpuModels: Record<"v1" | "v2" | "v3", CpuModel> = {
  v1: { name: "v1", leaf1Ecx: 0, leaf7Ebx: 0, extendedEcx: 1, avx: false },
  v2: { name: "v2", leaf1Ecx: bits(0, 9, 13, 19, 20, 23), leaf7Ebx: 0, extendedEcx: 1, avx: false },
  v3: {
    name: "v3",
    leaf1Ecx: bits(0, 1, 9, 12, 13, 19, 20, 22, 23, 25, 26, 27, 28, 29, 30),
    leaf7Ebx: bits(3, 5, 8, 9, 19, 29),
    extendedEcx: 1 | bits(5),
    avx: true,
  },
};

export function xcr0(model: CpuModel): number {
  return model.avx ? 7 : 3;
}

function text(s: string, at: number): number {
  let v = 0;
  for (let i = 3; i >= 0; i--) v = (v << 8) | (s.charCodeAt(at + i) || 0);
  return v >>> 0;
}

const brand = "rt0 x86-64 machine".padEnd(48, "\0");

/** EAX, EBX, ECX, EDX for a leaf and subleaf. */
export function cpuid(
  model: CpuModel,
  vendor: string,
  leaf: number,
  sub: number,
): readonly [number, number, number, number] {
  switch (leaf >>> 0) {
    case 0:
      return [13, text(vendor, 0), text(vendor, 8), text(vendor, 4)];
    case 1:
      // Family 6, model 0x3c; FPU TSC MSR CX8 CMOV CLFSH MMX FXSR SSE SSE2.
      return [0x000306c3, 0x00010800, model.leaf1Ecx, bits(0, 4, 5, 8, 15, 19, 23, 24, 25, 26)];
    case 2:
      // Descriptor 0xff: see leaf 4.
      return [0x00feff01, 0xf0, 0, 0];
    case 4:
      // L1 data, L1 code, L2, L3: type and level, ways/partitions/line, sets.
      switch (sub) {
        case 0:
          return [0x121, 0x01c0003f, 63, 0];
        case 1:
          return [0x122, 0x01c0003f, 63, 0];
        case 2:
          return [0x143, 0x01c0003f, 511, 0];
        case 3:
          return [0x163, 0x03c0003f, 8191, 0];
        default:
          return [0, 0, 0, 0];
      }
    case 7:
      return sub === 0 ? [0, model.leaf7Ebx, 0, 0] : [0, 0, 0, 0];
    case 13:
      if (!model.avx) return [0, 0, 0, 0];
      return sub === 0 ? [7, 832, 832, 0] : sub === 2 ? [256, 576, 0, 0] : [0, 0, 0, 0];
    case 0x80000000:
      return [0x80000008, 0, 0, 0];
    case 0x80000001:
      // SYSCALL NX RDTSCP LM.
      return [0, 0, model.extendedEcx, bits(11, 20, 27, 29)];
    case 0x80000002:
    case 0x80000003:
    case 0x80000004: {
      const at = ((leaf >>> 0) - 0x80000002) * 16;
      return [text(brand, at), text(brand, at + 4), text(brand, at + 8), text(brand, at + 12)];
    }
    case 0x80000008:
      return [0x3030, 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}
