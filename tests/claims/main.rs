//! The claims of SECURITY.md, each a test. `catalogue` holds the table and these tests together.

mod attacks;
mod catalogue;
mod keys;
mod linkage;
mod record;
mod support;
mod token;
