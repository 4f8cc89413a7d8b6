//! Match keys and linking tokens.
