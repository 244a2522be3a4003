//! Turns what the compiler wrote into the files that ship: splits the module, binds it to the browser,
//! optimises, bundles, names files by their content, prerenders, compresses.
//!
//! [`release::build`] does it all. `cargo xtask finish`, which Trunk calls as its `post_build` hook, is its only
//! caller in daily work.
//!
//! # Changes to generated scripts
//! wasm-bindgen and the splitter generate scripts. Five changes are made to them, all in [`scripts`]; each fails
//! the build where its text isn't found. Bytes are brotli, of script and main module together.
//!
//! | change | why | bytes saved |
//! | --- | --- | --- |
//! | [`scripts::main_module_address`] | the main module's file is named by its content | none: it is needed |
//! | [`scripts::chunk_addresses`] | so are the chunks' files | none: it is needed |
//! | [`scripts::removable_registries`] | classes of streams that a dependency exports, and that nothing makes, go | MEASURE |
//! | [`scripts::import_names`] | functions that no module imports go; the others get short names | MEASURE |
//! | [`scripts::export_names`] | exports that no script calls go, and with them the code that only they reach; the others get short names | MEASURE |

pub mod api_origin;
pub mod code;
pub mod compress;
pub mod css;
pub mod files;
mod frame;
pub mod inline;
pub mod programs;
pub mod release;
pub mod scripts;
pub mod wasm;
pub mod worker;
