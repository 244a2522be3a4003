//! What drawing a page leaves behind: nothing. A server draws millions.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

use dika::prerender::{Seeds, page_with};
use dika_contract::Language;

/// Bytes that are allocated and not freed.
static LIVE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_page_that_was_drawn_leaves_nothing_behind() {
    let draw = |times: usize| {
        for _ in 0..times {
            for path in ["/", "/service-points", "/orders"] {
                drop(page_with(path, Language::Chinese, Seeds::new()));
            }
        }
        LIVE.load(Ordering::Relaxed)
    };
    // What is made once for all pages.
    draw(20);
    let before = draw(1);
    let after = draw(100);
    eprintln!("{} bytes for each page", (after - before) / 300);
    assert!(after - before < 300, "{} bytes stayed", after - before);
}
