/**
 * Deterministic state: the state-machine SPI, the ordered key-value machine and the session table.
 * <p>
 * Nothing in this package starts a thread, reads a clock, draws a random number or touches a file. Time arrives as the timestamp of the entry that
 * is applied, so that the same log gives the same state on every replica.
 */
package io.cairn.fsm;
