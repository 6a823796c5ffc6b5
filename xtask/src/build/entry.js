// Starts a module when Trunk's document calls. In place of wasm-bindgen's own start, which has fallbacks for a missing address,
// for servers that send another content type, and for older callers: 0.3 kB (brotli).
import { __wbg_finalize_init, __wbg_get_imports } from "./glue.js";

export default async ({ module_or_path }) => {
  const { instance, module } = await WebAssembly.instantiateStreaming(fetch(module_or_path), __wbg_get_imports());
  return __wbg_finalize_init(instance, module);
};
