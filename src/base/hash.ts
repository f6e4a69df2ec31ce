import { sha256 as portable } from "@noble/hashes/sha2.js";

let implementation: (bytes: Uint8Array) => Uint8Array = portable;

/** The 32-byte SHA-256 digest of bytes (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Uint8Array {
  return implementation(bytes);
}

/** Lets the edge put the host's own, faster implementation in place of the portable one. */
export function installSha256(native: (bytes: Uint8Array) => Uint8Array): void {
  implementation = native;
}
