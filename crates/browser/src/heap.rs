//! The memory allocator of both modules: talc, which is 1.4 KB (brotli) smaller than dlmalloc, that of
//! the standard library. A module has one thread, so nothing is locked.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static HEAP: WasmDynamicTalc = new_wasm_dynamic_allocator();
