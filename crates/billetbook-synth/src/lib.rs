//! Made-up children.
