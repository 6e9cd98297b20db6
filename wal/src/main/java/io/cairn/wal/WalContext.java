package io.cairn.wal;

import io.cairn.wal.io.StorageIo;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Settings of a {@link WriteAheadLog}: set, then {@link #conclude()} once.
 */
public final class WalContext
{
    private Path dir;
    private StorageIo storageIo;
    private int segmentBytes = 64 << 20;
    private int recordBytesMax = 16 << 20;
    private ForceMethod forceMethod = ForceMethod.FDATASYNC;
    private long clusterId;
    private int preTouchPages = 256;
    private int segmentsAhead = 2;
    private int recycledMax = 8;
    private boolean singleMember = true;
    private boolean prepareInline;
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
        concluded = true;
        return this;
    }

    /**
     * The where the segments are.
     *
     * @return the setting.
     */
    public Path dir()
    {
        return dir;
    }

    /**
     * Sets the where the segments are.
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
     * Sets the way to the file system; by default the real one.
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
     * The longest payload accepted, in bytes.
     *
     * @return the setting.
     */
    public int recordBytesMax()
    {
        return recordBytesMax;
    }

    /**
     * Sets the longest payload accepted, in bytes.
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
     * The how the log is forced.
     *
     * @return the setting.
     */
    public ForceMethod forceMethod()
    {
        return forceMethod;
    }

    /**
     * Sets the how the log is forced.
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
     * The how many pages ahead of the appender the allocator touches; 0 switches it off.
     *
     * @return the setting.
     */
    public int preTouchPages()
    {
        return preTouchPages;
    }

    /**
     * Sets the how many pages ahead of the appender the allocator touches; 0 switches it off.
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
     * The how many prepared segments to keep ready.
     *
     * @return the setting.
     */
    public int segmentsAhead()
    {
        return segmentsAhead;
    }

    /**
     * Sets the how many prepared segments to keep ready.
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
     * The how many released segments to keep for reuse.
     *
     * @return the setting.
     */
    public int recycledMax()
    {
        return recycledMax;
    }

    /**
     * Sets the how many released segments to keep for reuse.
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
     * The true when there is no peer to repair from: corruption refuses to start.
     *
     * @return the setting.
     */
    public boolean singleMember()
    {
        return singleMember;
    }

    /**
     * Sets the true when there is no peer to repair from: corruption refuses to start.
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
     * The true when append itself drives the allocator instead of answering NOT_READY.
     *
     * @return the setting.
     */
    public boolean prepareInline()
    {
        return prepareInline;
    }

    /**
     * Sets the true when append itself drives the allocator instead of answering NOT_READY.
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

    private void checkOpen()
    {
        if (concluded)
        {
            throw new WalException(WalException.Kind.USAGE, "the settings of a log cannot change once they are concluded");
        }
    }
}
