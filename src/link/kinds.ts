// Kinds of symbols inside the linker, in the order in which their sections lie (cmd/link/internal/sym/symkind.go; those
// of other object formats left out). An object's SymKind is mapped to one of them when it is loaded.

export const enum Kind {
  Sxxx,
  STEXT,
  STEXTFIPSSTART,
  STEXTFIPS,
  STEXTFIPSEND,
  STEXTEND,
  /** Executable parts of dynamic linking: .plt. */
  SELFRXSECT,

  STYPE,
  SGOSTRING,
  SGOFUNC,
  SGCBITS,
  SRODATA,
  SRODATAFIPSSTART,
  SRODATAFIPS,
  SRODATAFIPSEND,
  SRODATAEND,
  SFUNCTAB,
  SPCLNTAB,
  /** Read-only parts of dynamic linking: .dynsym, .rela, … */
  SELFROSECT,

  STYPERELRO,
  SGOSTRINGRELRO,
  SGOFUNCRELRO,
  SGCBITSRELRO,
  SRODATARELRO,
  SFUNCTABRELRO,
  SELFRELROSECT,
  STYPELINK,
  SITABLINK,

  SFirstWritable,
  SBUILDINFO,
  SFIPSINFO,
  SELFSECT,
  SMODULEDATA,
  SELFGOT,
  SNOPTRDATA,
  SNOPTRDATAFIPSSTART,
  SNOPTRDATAFIPS,
  SNOPTRDATAFIPSEND,
  SNOPTRDATAEND,
  SDATA,
  SDATAFIPSSTART,
  SDATAFIPS,
  SDATAFIPSEND,
  SDATAEND,
  SBSS,
  SNOPTRBSS,
  SLIBFUZZER_8BIT_COUNTER,
  SCOVERAGE_COUNTER,
  SCOVERAGE_AUXVAR,
  STLSBSS,

  SFirstUnallocated,
  SXREF,
  SDYNIMPORT,
  SDWARFSECT,
  SDWARFCUINFO,
  SDWARFCONST,
  SDWARFFCN,
  SDWARFABSFCN,
  SDWARFTYPE,
  SDWARFVAR,
  SDWARFRANGE,
  SDWARFLOC,
  SDWARFLINES,
  SDWARFADDR,
  SSEHUNWINDINFO,
}

/** The linker's kind for each kind of an object file. */
export const kindOfObjectKind: Uint8Array = Uint8Array.from([
  Kind.Sxxx,
  Kind.STEXT,
  Kind.STEXTFIPS,
  Kind.SRODATA,
  Kind.SRODATAFIPS,
  Kind.SNOPTRDATA,
  Kind.SNOPTRDATAFIPS,
  Kind.SDATA,
  Kind.SDATAFIPS,
  Kind.SBSS,
  Kind.SNOPTRBSS,
  Kind.STLSBSS,
  Kind.SDWARFCUINFO,
  Kind.SDWARFCONST,
  Kind.SDWARFFCN,
  Kind.SDWARFABSFCN,
  Kind.SDWARFTYPE,
  Kind.SDWARFVAR,
  Kind.SDWARFRANGE,
  Kind.SDWARFLOC,
  Kind.SDWARFLINES,
  Kind.SDWARFADDR,
  Kind.SLIBFUZZER_8BIT_COUNTER,
  Kind.SCOVERAGE_COUNTER,
  Kind.SCOVERAGE_AUXVAR,
  Kind.SSEHUNWINDINFO,
]);

/** Read-only kinds in the order of .rodata, and what each becomes where relocations must be applied at load time. */
export const readOnlyKinds: readonly Kind[] = [
  Kind.STYPE,
  Kind.SGOSTRING,
  Kind.SGOFUNC,
  Kind.SGCBITS,
  Kind.SRODATA,
  Kind.SRODATAFIPSSTART,
  Kind.SRODATAFIPS,
  Kind.SRODATAFIPSEND,
  Kind.SRODATAEND,
  Kind.SFUNCTAB,
];

/** The relocatable twin of a read-only kind, Sxxx for those that have none. */
export function relroKind(k: Kind): Kind {
  switch (k) {
    case Kind.STYPE:
      return Kind.STYPERELRO;
    case Kind.SGOSTRING:
      return Kind.SGOSTRINGRELRO;
    case Kind.SGOFUNC:
      return Kind.SGOFUNCRELRO;
    case Kind.SGCBITS:
      return Kind.SGCBITSRELRO;
    case Kind.SRODATA:
      return Kind.SRODATARELRO;
    case Kind.SFUNCTAB:
      return Kind.SFUNCTABRELRO;
    default:
      return Kind.Sxxx;
  }
}

export function isText(k: Kind): boolean {
  return k >= Kind.STEXT && k <= Kind.STEXTEND;
}

/** Writable data, zeroed or not, as duplicate definitions are weighed. */
export function isData(k: Kind): boolean {
  return k >= Kind.SNOPTRDATA && k <= Kind.SNOPTRBSS;
}
