package io.cairn.wal;

import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Settings of a {@link WriteAheadLog}: set, then {@link #conclude()} once.
 */
public final class WalContext
{
    private static final int RECORD_BYTES_MAX_DEFAULT = 16 << 20;

    private Path dir;
    private StorageIo storageIo;
    private int segmentBytes = 64 << 20;
    private int recordBytesMax;
    private ForceMethod forceMethod = ForceMethod.MSYNC_RANGE;
    private long clusterId;
    private long newClusterId;
    private int preTouchPages = 1024;
    private int segmentsAhead = 2;
    private int recycledMax = 8;
    private boolean singleMember = true;
    private boolean prepareInline;
    private boolean preparingGently;
    private boolean acknowledgesUnforced;
    private long coveredIndex;
    private long coveredTerm = FaultyRange.UNKNOWN;
    private long coveredChain = FaultyRange.UNKNOWN;
    private long trailingBytes;
    private LongSupplier epochClockMs = System::currentTimeMillis;
    private boolean concluded;

    /**
     * Validates the settings.
     *
     * @return this.
     * @throws WalException of kind {@link WalException.Kind#USAGE} that names the setting, its value and what would be right.
     */
    public WalContext conclude()
    {
        checkOpen();
        if (!Crc32c.isAvailable())
        {
            throw new WalException(
                WalException.Kind.USAGE,
                "the JVM was started without --add-opens java.base/java.util.zip=ALL-UNNAMED, which the log's checksums need: add it");
        }
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN)
        {
            throw new WalException(WalException.Kind.USAGE, "this machine is big-endian; the log's format is little-endian only");
        }
        require(dir != null, "dir", "null", "a directory");
        if (storageIo == null)
        {
            storageIo = new MappedStorageIo();
        }
        require(
            segmentBytes >= SegmentDescriptor.SEGMENT_BYTES_MIN && segmentBytes <= 1 << 30 && segmentBytes % SegmentDescriptor.PAGE_LENGTH == 0,
            "segmentBytes",
            segmentBytes,
            "a multiple of " + SegmentDescriptor.PAGE_LENGTH + " from " + SegmentDescriptor.SEGMENT_BYTES_MIN + " to " + (1 << 30));
        final int fits = SegmentDescriptor.payloadMax(segmentBytes);
        if (recordBytesMax == 0)
        {
            recordBytesMax = Math.min(RECORD_BYTES_MAX_DEFAULT, fits);
        }
        require(
            recordBytesMax > 0 && recordBytesMax <= fits,
            "recordBytesMax",
            recordBytesMax,
            "from 1 to " + fits + ", what a segment of " + segmentBytes + " bytes holds");
        require(forceMethod != null, "forceMethod", "null", "one of MSYNC_RANGE, FDATASYNC, PWRITE_FDATASYNC");
        require(clusterId >= 0, "clusterId", clusterId, "0 for any, or a positive number");
        require(preTouchPages >= 0 && preTouchPages <= 1 << 18, "preTouchPages", preTouchPages, "from 0 to " + (1 << 18));
        require(segmentsAhead >= 1 && segmentsAhead <= 1024, "segmentsAhead", segmentsAhead, "from 1 to 1024");
        require(recycledMax >= 0 && recycledMax <= 1024, "recycledMax", recycledMax, "from 0 to 1024");
        require(coveredIndex >= 0, "coveredIndex", coveredIndex, "0 for none, or an index");
        require(epochClockMs != null, "epochClockMs", "null", "a clock");
        concluded = true;
        return this;
    }

    private static void require(final boolean condition, final String name, final Object value, final String right)
    {
        if (!condition)
        {
            throw new WalException(WalException.Kind.USAGE, "log setting " + name + " = " + value + " is not possible; it must be " + right);
        }
    }

    /**
     * The directory of the segments.
     *
     * @return the setting.
     */
    public Path dir()
    {
        return dir;
    }

    /**
     * Sets the directory of the segments.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext dir(final Path value)
    {
        checkOpen();
        this.dir = value;
        return this;
    }

    /**
     * The way to the file system; by default the real one.
     *
     * @return the setting.
     */
    public StorageIo storageIo()
    {
        return storageIo;
    }

    /**
     * Sets the way to the file system, the real one unless set.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext storageIo(final StorageIo value)
    {
        checkOpen();
        this.storageIo = value;
        return this;
    }

    /**
     * The length of a segment in bytes, a multiple of 4,096.
     *
     * @return the setting.
     */
    public int segmentBytes()
    {
        return segmentBytes;
    }

    /**
     * Sets the length of a segment in bytes, a multiple of 4,096.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext segmentBytes(final int value)
    {
        checkOpen();
        this.segmentBytes = value;
        return this;
    }

    /**
     * The longest payload accepted in bytes; 0 for 16 MiB, or what a segment holds if that is less.
     *
     * @return the setting.
     */
    public int recordBytesMax()
    {
        return recordBytesMax;
    }

    /**
     * Sets the longest payload accepted in bytes; 0 for 16 MiB, or what a segment holds if that is less.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext recordBytesMax(final int value)
    {
        checkOpen();
        this.recordBytesMax = value;
        return this;
    }

    /**
     * The way the log is forced.
     *
     * @return the setting.
     */
    public ForceMethod forceMethod()
    {
        return forceMethod;
    }

    /**
     * Sets the way the log is forced.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext forceMethod(final ForceMethod value)
    {
        checkOpen();
        this.forceMethod = value;
        return this;
    }

    /**
     * The identity that a directory must carry; 0 takes what the directory says, or draws one when it is formatted.
     *
     * @return the setting.
     */
    public long clusterId()
    {
        return clusterId;
    }

    /**
     * Sets the identity that a directory must carry; 0 takes what the directory says, or draws one when it is formatted.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext clusterId(final long value)
    {
        checkOpen();
        this.clusterId = value;
        return this;
    }

    /**
     * The identity that a directory gets when it is formatted; 0 draws one. Says nothing about a directory that has one.
     *
     * @return the setting.
     */
    public long newClusterId()
    {
        return newClusterId;
    }

    /**
     * Sets the identity that a directory gets when it is formatted; 0 draws one. Says nothing about a directory that has one.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext newClusterId(final long value)
    {
        checkOpen();
        this.newClusterId = value;
        return this;
    }

    /**
     * The number of pages ahead of the appender that the allocator touches; 0 switches it off, and only MSYNC_RANGE gains by it.
     *
     * @return the setting.
     */
    public int preTouchPages()
    {
        return preTouchPages;
    }

    /**
     * Sets the number of pages ahead of the appender that the allocator touches; 0 switches it off.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext preTouchPages(final int value)
    {
        checkOpen();
        this.preTouchPages = value;
        return this;
    }

    /**
     * The number of prepared segments to keep ready.
     *
     * @return the setting.
     */
    public int segmentsAhead()
    {
        return segmentsAhead;
    }

    /**
     * Sets the number of prepared segments to keep ready.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext segmentsAhead(final int value)
    {
        checkOpen();
        this.segmentsAhead = value;
        return this;
    }

    /**
     * The number of released segments to keep for reuse.
     *
     * @return the setting.
     */
    public int recycledMax()
    {
        return recycledMax;
    }

    /**
     * Sets the number of released segments to keep for reuse.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext recycledMax(final int value)
    {
        checkOpen();
        this.recycledMax = value;
        return this;
    }

    /**
     * Bytes of log that stay, in whole segments, behind the point up to which the prefix is released.
     *
     * @return the setting.
     */
    public long trailingBytes()
    {
        return trailingBytes;
    }

    /**
     * Sets the bytes of log that stay behind the point up to which the prefix is released.
     *
     * @param value of the setting; 0 for none.
     * @return this.
     */
    public WalContext trailingBytes(final long value)
    {
        checkOpen();
        this.trailingBytes = value;
        return this;
    }

    /**
     * The absence of peers to repair from: corruption refuses to start.
     *
     * @return the setting.
     */
    public boolean singleMember()
    {
        return singleMember;
    }

    /**
     * Sets the absence of peers to repair from: corruption refuses to start.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext singleMember(final boolean value)
    {
        checkOpen();
        this.singleMember = value;
        return this;
    }

    /**
     * The choice that append itself drives the allocator instead of answering NOT_READY.
     *
     * @return the setting.
     */
    public boolean prepareInline()
    {
        return prepareInline;
    }

    /**
     * Sets the choice that append itself drives the allocator instead of answering NOT_READY.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext prepareInline(final boolean value)
    {
        checkOpen();
        this.prepareInline = value;
        return this;
    }

    /**
     * The choice that the allocator, on a thread of its own, rests between slices of a segment that nobody waits for yet.
     *
     * @return the setting.
     */
    public boolean isPreparingGently()
    {
        return preparingGently;
    }

    /**
     * Sets the choice that the allocator, on a thread of its own, rests between slices of a segment that nobody waits for yet. Off by default: who
     * drives the allocator by hand waits for it.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext preparingGently(final boolean value)
    {
        checkOpen();
        this.preparingGently = value;
        return this;
    }

    /**
     * The choice of a level at which entries are acknowledged before they are forced: a power loss may then take what others count on.
     *
     * @return the setting.
     */
    public boolean acknowledgesUnforced()
    {
        return acknowledgesUnforced;
    }

    /**
     * Sets the choice of a level at which entries are acknowledged before they are forced.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext acknowledgesUnforced(final boolean value)
    {
        checkOpen();
        this.acknowledgesUnforced = value;
        return this;
    }

    /**
     * The wall clock in milliseconds, for the creation time in segment headers only.
     *
     * @return the setting.
     */
    public LongSupplier epochClockMs()
    {
        return epochClockMs;
    }

    /**
     * Sets the wall clock in milliseconds, for the creation time in segment headers only.
     *
     * @param value of the setting.
     * @return this.
     */
    public WalContext epochClockMs(final LongSupplier value)
    {
        checkOpen();
        this.epochClockMs = value;
        return this;
    }

    /**
     * The highest index that a valid snapshot includes. Damage at or below it is reported and never stops a start; the log then begins behind it.
     *
     * @return the index, 0 for none.
     */
    public long coveredIndex()
    {
        return coveredIndex;
    }

    /**
     * Sets the highest index that a valid snapshot includes.
     *
     * @param value the index, 0 for none.
     * @return this.
     */
    public WalContext coveredIndex(final long value)
    {
        checkOpen();
        this.coveredIndex = value;
        return this;
    }

    /**
     * Sets the last entry that a valid snapshot includes: where the segment that holds it is lost, the log of a member can go on from it.
     *
     * @param index of the entry, 0 for none.
     * @param term  of the entry.
     * @param chain of the log there.
     * @return this.
     */
    public WalContext covered(final long index, final long term, final int chain)
    {
        coveredIndex(index);
        coveredTerm = term;
        coveredChain = chain & 0xFFFF_FFFFL;
        return this;
    }

    long coveredTerm()
    {
        return coveredTerm;
    }

    long coveredChain()
    {
        return coveredChain;
    }

    private void checkOpen()
    {
        if (concluded)
        {
            throw new WalException(WalException.Kind.USAGE, "the settings of a log cannot change once they are concluded");
        }
    }
}
