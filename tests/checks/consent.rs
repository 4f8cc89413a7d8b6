use crate::grant_support::Region;
use billetbook::consent::Mode;

#[test]
fn a_permit_s_scope_names_who_asked_and_shows_nothing_of_itself() {
    let region = Region::new();
    let request = region.request(Mode::Content);
    let permit = region.permit(&request);
    let scope = permit.scope();
    let of = &request.recipient;
    assert_eq!(scope.organisations(), &[of.organisation.clone()].into());
    assert_eq!(scope.roles(), &[of.role.clone()].into());
    assert_eq!(scope.sections(), &request.sections);
    assert_eq!(scope.bases(), &[request.basis].into());
    assert_eq!((scope.mode(), permit.request()), (Mode::Content, &request));
    assert_eq!(format!("{permit:?}"), "Permit(..)");
}
