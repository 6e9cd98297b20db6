/**
 * How members talk: the port that the Sequencer sends and receives through, and its implementation over Aeron. No decisions: what is said and what it
 * means is {@code engine.raft}'s.
 */
package io.cairn.engine.transport;
