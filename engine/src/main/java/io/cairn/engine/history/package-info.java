/**
 * Judges histories: what clients asked of a key-value store and what they were told. Pure: no thread, clock or I/O, so that tests, the simulator
 * and tools share one judge, and so can whoever tests a service of their own.
 */
package io.cairn.engine.history;
