// Node's own SHA-256, for what is long. To make one of its hashes takes as long as to hash some hundred bytes here, and to load
// node:crypto takes longer than a build without changes: that is done for the first text that is worth it.
import { createRequire } from "node:module";
import { installSha256 } from "#base";
import { sha256 as portable } from "@noble/hashes/sha2.js";

/** Bytes from which on a text is worth loading node:crypto, and worth a hash of it once it is there. */
const worthLoading = 16384;
const worthHashing = 512;

let crypto: typeof import("node:crypto") | undefined;

export function useNodeHash(): void {
  installSha256((bytes) => {
    if (bytes.length < (crypto === undefined ? worthLoading : worthHashing)) return portable(bytes);
    crypto ??= createRequire(process.execPath)("node:crypto") as typeof import("node:crypto");
    return new Uint8Array(crypto.createHash("sha256").update(bytes).digest());
  });
}
