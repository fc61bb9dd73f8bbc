//! Every test vector of a folder, through the same functions that production calls.
//!
//! The folder is the one named by `VECTORS_DIR`, else the copy in the repository. Unknown vectors of the same layout
//! are welcome; a file that is not there is left out. One line per file is printed: `callbacks.json: 50 passed, 0 failed`.

mod harness;

use harness::Folder;

#[test]
fn every_vector_of_the_folder_passes() {
    let folder = Folder::open();
    let tallies = [
        harness::keys::run(&folder),
        harness::requests::signatures(&folder),
        harness::requests::front_end(&folder),
        harness::encryption::aead(&folder),
        harness::encryption::sensitive(&folder),
        harness::answers::certificates(&folder),
        harness::answers::responses(&folder),
        harness::callbacks::run(&folder),
        harness::messages::run(&folder),
        harness::accounts::jssdk(&folder),
        harness::accounts::miniprogram(&folder),
        harness::accounts::ids(&folder),
        harness::bills::run(&folder),
    ];
    let tallies: Vec<_> = tallies.into_iter().flatten().collect();
    assert!(!tallies.is_empty(), "no vector file in {}", folder.path().display());
    let mut failed = 0;
    for tally in &tallies {
        println!("{}: {} passed, {} failed", tally.file, tally.passed, tally.failures.len());
        for failure in &tally.failures {
            println!("    {failure}");
        }
        failed += tally.failures.len();
    }
    assert_eq!(failed, 0, "vectors failed, see above");
}
