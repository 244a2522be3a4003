//! Turns what the compiler wrote into the files that ship: splits the module, binds it to the browser,
//! optimises, bundles, names files by their content, prerenders, compresses.
//!
//! [`release::build`] does it all. `cargo xtask finish`, which Trunk calls as its `post_build` hook, is its only
//! caller in daily work.
//!
//! # Changes to generated code
//! wasm-bindgen and the splitter generate scripts and modules. All changes to the scripts are in [`scripts`], all
//! changes to modules in [`wasm`]; each fails the build where it doesn't find what it expects. Bytes are brotli,
//! of the main module and the script together.
//!
//! | change | why | bytes saved |
//! | --- | --- | --- |
//! | [`scripts::main_module_address`], [`scripts::chunk_addresses`] | files are named by their content | none: it is needed |
//! | [`scripts::with_end`] | after a panic, no closure of that instance runs any more | 0.1 kB more |
//! | [`scripts::with_trusted_html`] | the page's policy takes HTML from the app alone (docs/security.md) | 0.1 kB more |
//! | [`scripts::removable_registries`], [`scripts::unused_exports`], [`wasm::without_exports`] | a dependency exports streams that nothing makes: the bundler removes their classes from the script, and the exports that no script calls then leave the module before it is split | 5.3 kB |
//! | [`scripts::export_names`], [`wasm::short_exports`] | short names for the functions that the script calls | 0.2 kB of the module |
//! | [`scripts::import_names`], [`wasm::short_imports`] | short names for the functions that the module calls; those that no module calls go | 4.7 kB, with the names in the row above |

pub mod api_origin;
pub mod code;
pub mod compress;
pub mod css;
mod data_address;
pub mod files;
mod frame;
pub mod inline;
pub mod programs;
pub mod release;
pub mod scripts;
mod variables;
pub mod wasm;
pub mod worker;
