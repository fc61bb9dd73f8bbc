#![no_main]
//! See `tejian::doors`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tejian::doors::fee_file(bytes));
