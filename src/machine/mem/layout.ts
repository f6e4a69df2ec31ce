// The plan of the one linear memory: the CPU state of the running thread at the bottom, then the TLBs, the cache of
// decoded instructions, and the page frames of the guest. All addresses are bytes from the start of the memory.

/** Where things live in linear memory. Everything below StateEnd belongs to a thread and is swapped with it. */
export const enum At {
  /** 16 general registers of 8 bytes in encoding order; AH..BH are byte 1 of the first four. */
  Regs = 0,
  /** Register slot 16: always zero, the base of an absolute address. */
  Zero = 128,
  /** Register slots 17, 18: addresses computed by a record for the one after it. */
  Temp = 136,
  Temp2 = 144,
  FsBase = 152,
  GsBase = 160,
  /** ZF is FlagZ == 0. */
  FlagZ = 256,
  /** SF is the sign of FlagS, PF the parity of its low byte. */
  FlagS = 264,
  /** OF is the sign of FlagO. */
  FlagO = 272,
  /** AF is bit 4 of FlagA. */
  FlagA = 280,
  /** CF: 0 or 1. */
  FlagC = 288,
  /** DF: 1 or -1, the direction of the string instructions. */
  FlagD = 292,
  /** The bits of EFLAGS that no instruction tests: AC, ID, TF. */
  FlagX = 296,
  Mxcsr = 300,
  /** 16 low halves of the vector registers, then 16 high halves (AVX). */
  VecLow = 512,
  VecHigh = 768,
  /** x87: eight 16-byte slots in stack order (80-bit values), then control, status, tag words. */
  X87 = 1024,
  X87Control = 1152,
  X87Status = 1156,
  X87Tag = 1160,
  StateEnd = 1168,

  /** The record being executed, set before anything that may leave the module. */
  Ip = 1280,
  /** Why the interpreter returned. */
  Exit = 1284,
  /** Instructions that may still run before the next return. */
  Budget = 1288,
  /** 64 bytes for accesses that cross a page. */
  Bounce = 1344,
  /** 64 bytes of scratch for helpers. */
  Scratch = 1408,

  ReadTlb = 0x10000,
  WriteTlb = 0x20000,
  /** Direct-mapped pc -> record, for returns and indirect jumps. */
  JumpCache = 0x30000,
  Code = 0x80000,
  Frames = 0x1080000,
}

export const enum Size {
  /** Entries of a TLB; an entry is the page address (8 bytes) and host minus guest address (4), padded to 16. */
  Tlb = 4096,
  JumpCache = 16384,
  /** Bytes of a decoded instruction. */
  Record = 32,
  // biome-ignore lint/suspicious/noDuplicateEnumValues: two unrelated sizes that happen to be equal
  Page = 4096,
}

/** Register slots as byte offsets, as records hold them. */
export const enum Slot {
  Zero = 128,
  Temp = 136,
  Temp2 = 144,
  Fs = 152,
  Gs = 160,
}

/** Why the interpreter returned to its caller. */
export const enum Exit {
  None = 0,
  Budget = 1,
  Syscall = 2,
  Int3 = 3,
  Undefined = 4,
  Divide = 5,
  Halt = 6,
  /** A record asked for the translator's attention. */
  Probe = 7,
  Fault = 8,
  /** MXCSR was loaded: the blocks for its rounding go on. */
  Mode = 9,
}
