//! Every address of the server, tried by those it is not for. The table is compared with what the router mounts: an
//! address that nobody wrote down here fails.

mod headers;
mod origins;
mod pages;
mod strangers;
mod table;
