/**
 * Fuzz tests of whatever reads bytes from disk, network or a person: {@link io.cairn.engine.fuzz.FuzzTarget} says what must hold for one of them,
 * {@link io.cairn.engine.fuzz.FuzzRegression} replays what is known in the ordinary build, {@link io.cairn.engine.fuzz.GuidedFuzz} looks for more.
 */
package io.cairn.engine.fuzz;
