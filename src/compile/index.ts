export { CompileSession, compileMain } from "./compile.ts";
export { type ExportData, readExportData, writeExportData } from "./exportdata.ts";
export { DeclaredPackages, ImportError, PackageImporter } from "./importer.ts";
export { compileFlags, Options, parseOptions } from "./options.ts";
