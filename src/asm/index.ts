export { type AsmConfig, asmMain } from "./main.ts";
