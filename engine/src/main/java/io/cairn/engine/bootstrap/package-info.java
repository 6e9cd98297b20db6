/**
 * How a member finds its cluster and is taken up by it: members introduce themselves to each other, blank ones found a cluster, and a leader takes
 * back those whose directory is a new one. Pure decisions, as in {@code engine.raft}: no thread, clock, file or socket.
 */
package io.cairn.engine.bootstrap;
