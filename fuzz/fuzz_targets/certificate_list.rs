#![no_main]
//! See `tejian::doors`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tejian::doors::certificate_list(bytes));
