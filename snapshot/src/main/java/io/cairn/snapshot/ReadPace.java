package io.cairn.snapshot;

/**
 * Told of what is read where a snapshot is installed beside a state in use, so that whoever owns the processor and the disk meanwhile may spread it
 * over time: reading a gigabyte at once takes a core, and the memory's bandwidth, from those whom clients wait for. Opening a store is not paced:
 * nobody is served before it ends.
 */
@FunctionalInterface
public interface ReadPace {
    /** Everything at once. */
    ReadPace NONE = bytes -> { };

    /**
     * So many bytes were read, and checked or put in their place.
     *
     * @param bytes of them; may block the Snapshotter for as long as they should take.
     */
    void onRead(long bytes);
}
