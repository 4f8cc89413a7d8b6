use crate::coded::coded;

coded! {
    /// Whether a consistent identifier (the NHS number, say) goes with what is shared, and why not (Children Act
    /// 2004 s.16LC lets a body leave it out for three reasons).
    pub enum IdentifierState: u8, "states of a consistent identifier" {
        Present = 1, "present", "it is there";
        OmittedAsDetrimental = 2, "omitted_as_detrimental", "left out: it would be more detrimental to the child";
        Unknown = 3, "unknown", "not known";
        WouldDelay = 4, "would_delay", "finding it would delay unreasonably";
    }
}
