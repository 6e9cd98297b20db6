package io.cairn.snapshot;

import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Configures a {@link SnapshotStore}. Set what differs, then {@link #conclude()} validates, once.
 */
public final class SnapshotContext {
    private Path dir;
    private StorageIo storageIo;
    private long clusterId;
    private String machineName = "key-value";
    private int machineVersion = 1;
    private int retain = 2;
    private int chainMax = 8;
    private int mergeChainLength = 4;
    private int incrementPercentMax = 50;
    private long rateBytesPerSecond;
    private int sliceBytes = 1 << 20;
    private long forceBytes = 8L << 20;
    private long spaceReserveBytes = 64L << 20;
    private long trailingEntries;
    private int readThreads = 1;
    private boolean linkAdopted;
    private boolean verifyStructure;
    private LongSupplier durableIndex = () -> Long.MAX_VALUE;

    /** The defaults: two snapshots kept, chains of up to eight increments, merged at four, no rate limit. */
    public SnapshotContext() {
    }

    /**
     * Checks every value, once, before use.
     *
     * @return this.
     * @throws IllegalArgumentException that names the key, the value and what would be right.
     */
    public SnapshotContext conclude() {
        check(dir != null, "dir", dir, "give the snapshot directory");
        check(durableIndex != null, "durableIndex", durableIndex, "give a supplier, or leave the default");
        check(storageIo != null, "storageIo", storageIo, "give the port to the file system");
        check(SnapshotNames.isFileName(machineName) && machineName.indexOf('/') < 0, "machineName", machineName, "use letters, digits and . _ -");
        check(retain >= 2, "retain", retain, "keep at least 2, so that a damaged one has one to fall back to");
        check(chainMax >= 0, "chainMax", chainMax, "give 0 for full snapshots only, or the most increments on a full one");
        check(mergeChainLength >= 0, "mergeChainLength", mergeChainLength, "give 0 to never merge");
        check(incrementPercentMax >= 0 && incrementPercentMax <= 100, "incrementPercentMax", incrementPercentMax, "give 0 to 100");
        check(rateBytesPerSecond >= 0, "rateBytesPerSecond", rateBytesPerSecond, "give 0 for no limit");
        check(sliceBytes >= 64 << 10 && sliceBytes <= 64 << 20, "sliceBytes", sliceBytes, "give 64k to 64m");
        check(forceBytes >= sliceBytes, "forceBytes", forceBytes, "give at least sliceBytes=" + sliceBytes);
        check(spaceReserveBytes >= 0, "spaceReserveBytes", spaceReserveBytes, "give 0 or more");
        check(trailingEntries >= 0, "trailingEntries", trailingEntries, "give 0 or more");
        check(readThreads >= 1 && readThreads <= 16, "readThreads", readThreads, "give 1 to 16");
        return this;
    }

    private static void check(final boolean holds, final String key, final Object value, final String remedy) {
        if (!holds) {
            throw new IllegalArgumentException("snapshot " + key + "=" + value + ": " + remedy);
        }
    }

    /**
     * Where snapshots are.
     *
     * @return the directory.
     */
    public Path dir() {
        return dir;
    }

    /**
     * Where snapshots are; created if missing. Belongs to one store; the owner of the data directory holds the lock.
     *
     * @param value the directory.
     * @return this.
     */
    public SnapshotContext dir(final Path value) {
        dir = value;
        return this;
    }

    /**
     * All file access goes through it.
     *
     * @return the port.
     */
    public StorageIo storageIo() {
        return storageIo;
    }

    /**
     * All file access goes through it.
     *
     * @param value the port.
     * @return this.
     */
    public SnapshotContext storageIo(final StorageIo value) {
        storageIo = value;
        return this;
    }

    /**
     * Whose state this is.
     *
     * @return cluster id.
     */
    public long clusterId() {
        return clusterId;
    }

    /**
     * Whose state this is: written into every manifest; a snapshot of another cluster is never restored.
     *
     * @param value cluster id.
     * @return this.
     */
    public SnapshotContext clusterId(final long value) {
        clusterId = value;
        return this;
    }

    /**
     * The state machine's name.
     *
     * @return the name.
     */
    public String machineName() {
        return machineName;
    }

    /**
     * The state machine's name: a snapshot of another machine is never restored.
     *
     * @param value letters, digits and {@code . _ -}.
     * @return this.
     */
    public SnapshotContext machineName(final String value) {
        machineName = value;
        return this;
    }

    /**
     * Version of the machine's state.
     *
     * @return the version.
     */
    public int machineVersion() {
        return machineVersion;
    }

    /**
     * Version of the machine's state: written into the manifest; one of a newer version is never restored.
     *
     * @param value the version.
     * @return this.
     */
    public SnapshotContext machineVersion(final int value) {
        machineVersion = value;
        return this;
    }

    /**
     * How many of the newest are kept.
     *
     * @return at least 2.
     */
    public int retain() {
        return retain;
    }

    /**
     * How many of the newest are kept, with what their chains need; the newest one that shares no file with the newest of all is kept besides.
     *
     * @param value at least 2.
     * @return this.
     */
    public SnapshotContext retain(final int value) {
        retain = value;
        return this;
    }

    /**
     * Most increments on a full one.
     *
     * @return 0 = full ones only.
     */
    public int chainMax() {
        return chainMax;
    }

    /**
     * Most increments on a full one; then a full one is written.
     *
     * @param value 0 = full ones only.
     * @return this.
     */
    public SnapshotContext chainMax(final int value) {
        chainMax = value;
        return this;
    }

    /**
     * Number of increments from which the newest chain is merged.
     *
     * @return 0 = never.
     */
    public int mergeChainLength() {
        return mergeChainLength;
    }

    /**
     * Number of increments from which the newest chain is merged into a full one in the background, from its files.
     *
     * @param value 0 = never.
     * @return this.
     */
    public SnapshotContext mergeChainLength(final int value) {
        mergeChainLength = value;
        return this;
    }

    /**
     * An increment that would store more than this share of the live pages is written as a full one.
     *
     * @return percent.
     */
    public int incrementPercentMax() {
        return incrementPercentMax;
    }

    /**
     * An increment that would store more than this share of the live pages is written as a full one.
     *
     * @param value percent.
     * @return this.
     */
    public SnapshotContext incrementPercentMax(final int value) {
        incrementPercentMax = value;
        return this;
    }

    /**
     * Rate limit of writing and merging.
     *
     * @return bytes per second, 0 = none.
     */
    public long rateBytesPerSecond() {
        return rateBytesPerSecond;
    }

    /**
     * Rate limit of writing and merging.
     *
     * @param value bytes per second, 0 = none.
     * @return this.
     */
    public SnapshotContext rateBytesPerSecond(final long value) {
        rateBytesPerSecond = value;
        return this;
    }

    /**
     * Most bytes written by one duty cycle.
     *
     * @return bytes.
     */
    public int sliceBytes() {
        return sliceBytes;
    }

    /**
     * Most bytes written by one duty cycle, and the size of the store's one buffer.
     *
     * @param value 64k to 64m.
     * @return this.
     */
    public SnapshotContext sliceBytes(final int value) {
        sliceBytes = value;
        return this;
    }

    /**
     * Written bytes after which the file is forced.
     *
     * @return bytes.
     */
    public long forceBytes() {
        return forceBytes;
    }

    /**
     * Written bytes after which the file is forced, so that no more than this is dirty when the log forces a group on the same device.
     *
     * @param value bytes, at least a slice.
     * @return this.
     */
    public SnapshotContext forceBytes(final long value) {
        forceBytes = value;
        return this;
    }

    /**
     * Space that a snapshot leaves free.
     *
     * @return bytes.
     */
    public long spaceReserveBytes() {
        return spaceReserveBytes;
    }

    /**
     * Space that a snapshot leaves free: one that would need more fails before it writes, so that it never takes the log's last bytes.
     *
     * @param value bytes.
     * @return this.
     */
    public SnapshotContext spaceReserveBytes(final long value) {
        spaceReserveBytes = value;
        return this;
    }

    /**
     * Entries kept in the log below the releasable snapshot.
     *
     * @return entries.
     */
    public long trailingEntries() {
        return trailingEntries;
    }

    /**
     * Entries kept in the log below the releasable snapshot, for followers and subscribers that are behind.
     *
     * @param value entries.
     * @return this.
     */
    public SnapshotContext trailingEntries(final long value) {
        trailingEntries = value;
        return this;
    }

    /**
     * Threads that read pages in a restore.
     *
     * @return 1 = the caller's only.
     */
    public int readThreads() {
        return readThreads;
    }

    /**
     * Threads that read pages in a restore, the caller's included. More than 1 needs a {@link StorageIo} that may be shared between threads.
     *
     * @param value 1 = the caller's only.
     * @return this.
     */
    public SnapshotContext readThreads(final int value) {
        readThreads = value;
        return this;
    }

    /**
     * Whether files that a machine offers are taken over as they are.
     *
     * @return false = copied.
     */
    public boolean linkAdopted() {
        return linkAdopted;
    }

    /**
     * Whether files that a machine offers (a checkpoint's) are taken over as they are. They may be hard links to the machine's own files and to
     * other snapshots', so one bad sector may damage several snapshots: the log is then kept back to a snapshot that shares none of them. False
     * copies them.
     *
     * @param value true to take them over.
     * @return this.
     */
    public SnapshotContext linkAdopted(final boolean value) {
        linkAdopted = value;
        return this;
    }

    /**
     * The log's durable index.
     *
     * @return asked before a snapshot is published.
     */
    public LongSupplier durableIndex() {
        return durableIndex;
    }

    /**
     * The log's durable index: a snapshot that is written waits with its publication until its index is durable here.
     *
     * @param value read by the Snapshotter; default: everything is durable.
     * @return this.
     */
    public SnapshotContext durableIndex(final LongSupplier value) {
        durableIndex = value;
        return this;
    }

    /**
     * Whether a restore also checks that the pages make up trees.
     *
     * @return false = checksums, page ids and epochs only.
     */
    public boolean verifyStructure() {
        return verifyStructure;
    }

    /**
     * Whether a restore also checks that the pages make up trees, key by key. Checksums are compared in any case, so this finds mistakes of the
     * program
     * that wrote the snapshot, not of the disk; it costs about as much again as reading.
     *
     * @param value true to check.
     * @return this.
     */
    public SnapshotContext verifyStructure(final boolean value) {
        verifyStructure = value;
        return this;
    }
}
