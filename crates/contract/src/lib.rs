//! What crosses the network.
