package io.cairn.engine.config;

/**
 * How a group of records is forced to the device.
 */
public enum ForceChoice {
    /** The way that measured fastest at the durability level: {@link #PWRITE} under group, {@link #MSYNC} elsewhere. */
    AUTO,
    /** {@code msync} of the range of the mapping. */
    MSYNC,
    /** {@code fdatasync} of the segment's file. */
    FDATASYNC,
    /** {@code pwrite} of the group, then {@code fdatasync}; the mapping serves reads. */
    PWRITE
}
