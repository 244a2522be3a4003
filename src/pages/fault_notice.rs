//! Why a write failed, beside the button that started it.

use dika_contract::ErrorCode;
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    api::Fault,
    route::Route,
    text::{Common, Faults, FrameText},
    ui::{ButtonLink, ButtonVariant, Notice, Tone, mark_chinese},
};

/// A notice with the fault and a next step. Empty while there is no fault.
#[component]
pub(crate) fn FaultNotice(
    /// The fault of the last write.
    #[prop(into)]
    fault: Signal<Option<Fault>>,
    /// Whether the form asked for a card's number, not for an account.
    #[prop(optional)]
    by_card_no: bool,
) -> Node {
    let (faults, common) = (Faults::current(), Common::current());
    Node::live(move || {
        fault.get().map(|fault| {
            let mut message = faults.message(&fault);
            if by_card_no && fault.is(ErrorCode::WrongAccountOrPassword) {
                faults.wrong_card_no_or_password.clone_into(&mut message.title);
            }
            let next = match &fault {
                Fault::Refused(problem) => match (problem.code, &problem.order_id) {
                    (_, Some(order)) => {
                        Some((Route::Order(order.clone()), common.open_order, "open-order"))
                    }
                    (ErrorCode::WrongAccountOrPassword, _) => {
                        Some((Route::PasswordHelper, common.open_password_helper, "password-helper"))
                    }
                    (ErrorCode::BindingLocked, _) => {
                        Some((Route::ServicePoints, FrameText::current().tab_points, "service-points"))
                    }
                    (ErrorCode::BindingExpired | ErrorCode::IdentityNotConfirmed, _) => {
                        Some((Route::BindChoose, common.bind_again, "bind-again"))
                    }
                    _ => None,
                },
                _ => None,
            };
            let code = fault.code().map(ErrorCode::as_str);
            view! {
                <div data-error=code.unwrap_or("unreachable")>
                    <Notice tone=Tone::Warn word=message.title alert=true>
                        <p>{mark_chinese(message.text)}</p>
                        {next
                            .map(|(to, label, action)| {
                                view! { <ButtonLink href=to.to_string() label variant=ButtonVariant::Link action/> }
                            })}
                    </Notice>
                </div>
            }
        })
    })
}
