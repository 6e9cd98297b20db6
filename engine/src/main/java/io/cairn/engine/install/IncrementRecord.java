package io.cairn.engine.install;

/**
 * The records of an increment. Each is one range of keys of one table and what is in it, of which the keys are in order and the ranges of a table
 * too. Little-endian.
 *
 * <pre>
 *   range:  table id i32 | entries i32 | length of low i16 | length of high i16 (-1: to the end of the table) | low | high
 *   entry:  length of key i16 | length of value i32 (-1: the value that is there stays) | key | value
 * </pre>
 */
final class IncrementRecord {
    static final int RANGE_LENGTH = 12;
    static final int ENTRY_LENGTH = 6;
    static final int OLD_VALUE = -1;

    private IncrementRecord() {
    }
}
