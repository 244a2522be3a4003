//! Listeners for events.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, prelude::Closure};

type Handle = Rc<dyn Fn(web_sys::Event)>;

/// What happens on an event. Natively there are no events, and no handlers.
pub(crate) struct Handler {
    event: Cow<'static, str>,
    handle: Option<SendWrapper<Handle>>,
}

impl Handler {
    pub(crate) fn new(event: Cow<'static, str>, handle: impl Fn(web_sys::Event) + 'static) -> Self {
        let handle =
            cfg!(target_arch = "wasm32").then(|| SendWrapper::new(Rc::new(handle) as Handle));
        Self { event, handle }
    }
}

/// A handler on its element. Listens until it is dropped.
pub(crate) struct Listener {
    element: web_sys::Element,
    event: Cow<'static, str>,
    current: Rc<RefCell<Option<Handle>>>,
    callback: Closure<dyn FnMut(web_sys::Event)>,
}

impl Listener {
    pub(crate) fn new(element: &web_sys::Element, handler: Handler) -> Self {
        let current = Rc::new(RefCell::new(handler.handle.map(SendWrapper::take)));
        let called = Rc::clone(&current);
        let callback: Box<dyn FnMut(web_sys::Event)> = Box::new(move |event| {
            // Taken out first: what it does may redraw the element, and with it this handler.
            let handle: Option<Handle> = called.borrow().clone();
            if let Some(handle) = handle {
                handle(event);
            }
        });
        let callback = Closure::wrap(callback);
        drop(
            element.add_event_listener_with_callback(
                &handler.event,
                callback.as_ref().unchecked_ref(),
            ),
        );
        Self {
            element: element.clone(),
            event: handler.event,
            current,
            callback,
        }
    }

    /// Handles the event, which is the same, in another way from now on.
    pub(crate) fn replace(&mut self, handler: Handler) {
        *self.current.borrow_mut() = handler.handle.map(SendWrapper::take);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.element.remove_event_listener_with_callback(
            &self.event,
            self.callback.as_ref().unchecked_ref(),
        ));
    }
}
