// DWARF 5 as the Go toolchain uses it (cmd/internal/dwarf): numbers, the table of abbreviations, variable-length integers.

import { ByteWriter } from "#base";
import { DwarfAbbrev, dwarfAbbrevs } from "./gen/dwarfabbrevs.ts";

export { DwarfAbbrev, dwarfAbbrevs };

export const enum DwAt {
  location = 0x02,
  name = 0x03,
  byte_size = 0x0b,
  stmt_list = 0x10,
  low_pc = 0x11,
  high_pc = 0x12,
  language = 0x13,
  comp_dir = 0x1b,
  const_value = 0x1c,
  inline = 0x20,
  producer = 0x25,
  abstract_origin = 0x31,
  count = 0x37,
  data_member_location = 0x38,
  decl_file = 0x3a,
  decl_line = 0x3b,
  encoding = 0x3e,
  external = 0x3f,
  frame_base = 0x40,
  type = 0x49,
  variable_parameter = 0x4b,
  ranges = 0x55,
  trampoline = 0x56,
  call_file = 0x58,
  call_line = 0x59,
  addr_base = 0x73,
  go_kind = 0x2900,
  go_key = 0x2901,
  go_elem = 0x2902,
  go_embedded_field = 0x2903,
  go_runtime_type = 0x2904,
  go_package_name = 0x2905,
  go_dict_index = 0x2906,
  go_closure_offset = 0x2907,
}

export const enum DwForm {
  addr = 0x01,
  data2 = 0x05,
  data4 = 0x06,
  data8 = 0x07,
  string = 0x08,
  block1 = 0x0a,
  data1 = 0x0b,
  flag = 0x0c,
  sdata = 0x0d,
  udata = 0x0f,
  ref_addr = 0x10,
  sec_offset = 0x17,
  addrx = 0x1b,
}

export const enum DwAte {
  boolean = 2,
  complex_float = 3,
  float = 4,
  signed = 5,
  unsigned = 7,
}

export const enum DwOp {
  addr = 0x03,
  deref = 0x06,
  const8u = 0x0e,
  consts = 0x11,
  lit0 = 0x30,
  reg0 = 0x50,
  breg0 = 0x70,
  regx = 0x90,
  fbreg = 0x91,
  piece = 0x93,
  call_frame_cfa = 0x9c,
  stack_value = 0x9f,
}

export const enum DwRle {
  end_of_list = 0,
  base_addressx = 1,
  offset_pair = 4,
}

export const enum DwCfa {
  advance_loc1 = 0x02,
  advance_loc2 = 0x03,
  advance_loc4 = 0x04,
  offset_extended = 0x05,
  def_cfa = 0x0c,
  def_cfa_offset_sf = 0x13,
  /** In the upper two bits; the lower six hold the distance. */
  advance_loc = 0x40,
}

export const enum DwLnct {
  path = 1,
  directory_index = 2,
}

export const DW_LANG_Go = 0x16;
export const DW_UT_compile = 1;
export const DW_INL_inlined = 1;

/** Parameters of the line programs that all objects hold (cmd/internal/obj/dwarf.go). */
export const lineBase = -4;
export const lineRange = 10;
export const lineOpcodeBase = 11;

/** Writes a signed LEB128. */
export function sleb128(w: ByteWriter, v: number): void {
  for (;;) {
    const b = v & 127;
    v >>= 7;
    if ((v === 0 && (b & 64) === 0) || (v === -1 && (b & 64) !== 0)) {
      w.u8(b);
      return;
    }
    w.u8(b | 128);
  }
}

/** The contents of .debug_abbrev. */
export function abbrevSection(): Uint8Array {
  const w = new ByteWriter(2048);
  dwarfAbbrevs.forEach((a, i) => {
    w.uvarint(i + 1);
    w.uvarint(a[0]!);
    w.u8(a[1]!);
    for (let k = 2; k < a.length; k++) w.uvarint(a[k]!);
    w.u16(0);
  });
  w.u8(0);
  return w.toBytes();
}
