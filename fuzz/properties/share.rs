//! Of grants and gates.

use billetbook::gate::{Acknowledgement, Ask, Dealing, Release, ReleaseList, Taken};
use billetbook::grant::{
    AccessRequest, Erasure, Grant, Hold, Proposal, Redeal, Refusal, Revocation,
};

/// Grants, requests, refusals, revocations, redeals and all that gates are asked and answer are refused, or written again as
/// they were.
pub fn statement(data: &[u8]) {
    let again = [
        Grant::decode(data).ok().map(|x| x.encode()),
        AccessRequest::decode(data).ok().map(|x| x.encode()),
        Refusal::decode(data).ok().map(|x| x.encode()),
        Revocation::decode(data).ok().map(|x| x.encode()),
        Erasure::decode(data).ok().map(|x| x.encode()),
        Proposal::decode(data).ok().map(|x| x.encode()),
        Hold::decode(data).ok().map(|x| x.encode()),
        Redeal::decode(data).ok().map(|x| x.encode()),
        Dealing::decode(data).ok().map(|x| x.encode()),
        Taken::decode(data).ok().map(|x| x.encode()),
        Release::decode(data).ok().map(|x| x.encode()),
        ReleaseList::decode(data).ok().map(|x| x.encode()),
        Acknowledgement::decode(data).ok().map(|x| x.encode()),
        Ask::decode(data).ok().map(|x| x.encode().to_vec()),
    ];
    let read: Vec<_> = again.into_iter().flatten().collect();
    assert!(read.len() <= 1, "one text is of two kinds");
    assert!(read.iter().all(|again| again == data));
}
