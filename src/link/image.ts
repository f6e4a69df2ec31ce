// Segments and sections of the output (cmd/link/internal/sym Segment, Section).

/** A section. Addresses are relative to the segment's data until `address` makes them absolute. */
export class Section {
  vaddr = 0;
  length = 0;
  align = 8;
  compressed = false;
  /** Number in the section header table, once that is sorted. */
  shndx = 0;

  constructor(
    /** Index in Image.sections; what Loader.sect refers to. */
    readonly index: number,
    readonly segment: Segment,
    readonly name: string,
    /** Permission bits as in a file mode: 4 read, 2 write, 1 execute. */
    readonly rwx: number,
  ) {}
}

export class Segment {
  vaddr = 0;
  length = 0;
  fileoff = 0;
  filelen = 0;
  rwx = 0;
  readonly sections: Section[] = [];
}

/** All sections of the output. */
export class Image {
  readonly text = new Segment();
  readonly rodata = new Segment();
  readonly relro = new Segment();
  readonly data = new Segment();
  readonly dwarf = new Segment();
  /** By index; 0 is no section. */
  readonly sections: (Section | undefined)[] = [undefined];

  addSection(segment: Segment, name: string, rwx: number): Section {
    const s = new Section(this.sections.length, segment, name, rwx);
    this.sections.push(s);
    segment.sections.push(s);
    return s;
  }
}

/** v rounded up to a multiple of to; v itself if to is 0. */
export function roundUp(v: number, to: number): number {
  if (to <= 0) return v;
  const rest = v % to;
  return rest === 0 ? v : v + to - rest;
}
