/**
 * The agents and what links them: rings and monotone positions with one writer each. Wiring, no decisions: those are in
 * {@code io.cairn.engine.raft}, {@code io.cairn.fsm} and {@code io.cairn.snapshot}.
 */
package io.cairn.engine.pipeline;
