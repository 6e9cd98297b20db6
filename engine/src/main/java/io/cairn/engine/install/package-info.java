/**
 * Snapshots from member to member: a sender and a receiver as state machines that their owner drives, with messages, time and what was written as
 * arguments. They decide what is said; where the bytes lie and what an installed snapshot means for the node is the pipeline's.
 */
package io.cairn.engine.install;
