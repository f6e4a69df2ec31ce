// `//go:` directives as they stick to declarations. cmd/compile/internal/noder/lex.go and noder.go.
import type { Pos } from "#base";

/** Bits of Pragma.flags. */
export const enum PragmaFlag {
  Noescape = 1 << 0,
  Norace = 1 << 1,
  Nosplit = 1 << 2,
  Noinline = 1 << 3,
  NoCheckPtr = 1 << 4,
  CgoUnsafeArgs = 1 << 5,
  UintptrKeepAlive = 1 << 6,
  UintptrEscapes = 1 << 7,
  Systemstack = 1 << 8,
  Nowritebarrier = 1 << 9,
  Nowritebarrierrec = 1 << 10,
  Yeswritebarrierrec = 1 << 11,
  RegisterParams = 1 << 12,
  GoBuild = 1 << 13,
}

/** A `//go:embed` directive. */
export interface PragmaEmbed {
  readonly pos: Pos;
  readonly patterns: string[];
}

/** The directives collected for one declaration. */
export class Pragma {
  declare flags: number;
  /** One entry for each directive seen, also for those without a flag. */
  declare readonly flagPos: { readonly flag: number; readonly pos: Pos }[];
  declare readonly embeds: PragmaEmbed[];

  constructor() {
    this.flags = 0;
    this.flagPos = [];
    this.embeds = [];
  }
}
