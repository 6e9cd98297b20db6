/**
 * The protocol core: roles, terms, votes, quorums and the commit rule, as a state machine that is fed facts and asked for decisions.
 *
 * <p>Nothing here starts a thread, touches a file, opens a socket, reads a clock or draws a random number: time, seeds and completions are
 * arguments. The same class therefore runs in production, in a unit test and in a simulator. Source: Ongaro, <i>Consensus: Bridging Theory
 * and Practice</i> (2014), chapters 3, 4 and 6.
 */
package io.cairn.engine.raft;
