package io.cairn.wal;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A small file of checksummed records that are replaced as a whole. Each record has two slots that alternate, each slot two copies on pages of their
 * own; a copy fills less than one sector.
 * <pre>
 *   page   0          1          2          3          4 … 7
 *   +----------+----------+----------+----------+---------------+
 *   | promise  | promise  | promise  | promise  | log metadata, |
 *   | slot 0   | slot 1   | slot 0   | slot 1   | the same way  |
 *   | copy 0   | copy 0   | copy 1   | copy 1   |               |
 *   +----------+----------+----------+----------+---------------+
 *   copy:  0 magic | 8 version i32 | 12 record i32 | 16 sequence | 24 fields | 508 crc i32; the rest of its page is zero
 * </pre>
 * Crash argument. Write k goes to slot k mod 2 and leaves slot k−1 alone, so every crash leaves k−1 whole or k whole. A sector is old or new,
 * never mixed, so a copy that does not verify is damage and not a crash: one of a slot is repaired from the other; two of one slot may have held
 * the newest promise, so the file is refused.
 * <p>
 * Thread safe: the Syncer and the allocator write different fields.
 */
final class StableFile implements AutoCloseable
{
    static final String FILE_NAME = "stable";
    static final int VERSION = 1;
    static final int RECORD_COUNT = 2;
    static final int PAGE_LENGTH = SegmentDescriptor.PAGE_LENGTH;
    static final int PAGES_PER_RECORD = 4;
    static final int FILE_LENGTH = RECORD_COUNT * PAGES_PER_RECORD * PAGE_LENGTH;
    static final int COPY_LENGTH = SegmentDescriptor.SECTOR_LENGTH;
    static final int FIELDS_OFFSET = 24;
    static final int RECORD_OFFSET = 12;
    static final int SEQUENCE_OFFSET = 16;

    /** First bytes of a copy: {@code CAIRNSTB}. */
    static final long MAGIC = 0x4254_534E_5249_4143L;

    private final StorageFile file;
    private final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PAGE_LENGTH, BitUtil.CACHE_LINE_LENGTH));
    private final long[] sequences = new long[RECORD_COUNT];
    private int repaired;
    private final LogHealth health;

    private StableFile(final StorageFile file, final LogHealth health)
    {
        this.file = file;
        this.health = health;
    }

    /**
     * Creates the file with every copy valid, and forces it. The caller forces the directory.
     */
    static void format(final StorageIo storageIo, final Path dir, final UnsafeBuffer promise, final UnsafeBuffer metadata)
    {
        final Path path = dir.resolve(FILE_NAME);
        try (StorageFile created = storageIo.open(path, OpenMode.CREATE_NEW))
        {
            created.allocate(FILE_LENGTH);
            final StableFile stable = new StableFile(created, new LogHealth());
            stable.put(0, promise, 0);
            stable.put(0, promise, 1);
            stable.put(1, metadata, 0);
            stable.put(1, metadata, 1);
            created.force();
        }
    }

    /**
     * Does any whole copy say more than a blank one?
     */
    static boolean isUsed(final StorageIo storageIo, final Path dir)
    {
        final UnsafeBuffer copy = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PAGE_LENGTH, BitUtil.CACHE_LINE_LENGTH));
        try (StorageFile file = storageIo.open(dir.resolve(FILE_NAME), OpenMode.READ))
        {
            for (int page = 0; page < RECORD_COUNT * PAGES_PER_RECORD; page++)
            {
                final int record = page / PAGES_PER_RECORD;
                if (file.read((long)page * PAGE_LENGTH, copy, 0, PAGE_LENGTH) == PAGE_LENGTH && isValid(copy, record) &&
                    (record == 0 ? !StableStore.isBlank(copy) : !LogMetadata.isBlank(copy)))
                {
                    return true;
                }
            }
        }
        return false;
    }

    static StableFile open(final StorageIo storageIo, final Path dir, final LogHealth health)
    {
        final Path path = dir.resolve(FILE_NAME);
        if (!storageIo.exists(path))
        {
            throw new WalException(
                WalException.Kind.LOST,
                path + ": the stable store is missing beside an identity file: term, vote and log metadata are lost. This is a lost disk, not a" +
                    " new one",
                "restore the file, or delete the whole directory if its data may go");
        }
        refuseNewer(storageIo, path);
        final StorageFile file = storageIo.open(path, OpenMode.READ_WRITE);
        if (file.size() != FILE_LENGTH)
        {
            final long size = file.size();
            file.close();
            throw new WalException(
                WalException.Kind.CORRUPT, path + ": has " + size + " bytes instead of " + FILE_LENGTH, "restore the file from a copy");
        }
        return new StableFile(file, health);
    }

    /** What a newer program wrote is no damage: nobody must be told to give up a promise for it. */
    private static void refuseNewer(final StorageIo storageIo, final Path path)
    {
        final UnsafeBuffer copy = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PAGE_LENGTH, BitUtil.CACHE_LINE_LENGTH));
        try (StorageFile file = storageIo.open(path, OpenMode.READ))
        {
            for (int page = 0; page < RECORD_COUNT * PAGES_PER_RECORD; page++)
            {
                final boolean isRead = file.read((long)page * PAGE_LENGTH, copy, 0, PAGE_LENGTH) == PAGE_LENGTH;
                final int version = copy.getInt(SegmentDescriptor.VERSION_OFFSET);
                if (isRead && copy.getLong(0) == MAGIC && version > VERSION && SegmentDescriptor.isSectorValid(copy.addressOffset()))
                {
                    throw new WalException(
                        WalException.Kind.NEWER_VERSION,
                        path + ": the file has format version " + version + ", this program knows " + VERSION + "; use a newer program");
                }
            }
        }
    }

    /**
     * Reads the newest record, and makes all its copies whole and durable again.
     *
     * @param record number.
     * @param dst    receives the newest copy.
     */
    synchronized void load(final int record, final UnsafeBuffer dst)
    {
        long newest = -1;
        boolean agreed = true;
        for (int slot = 0; slot < 2; slot++)
        {
            final long first = read(record, slot, 0, dst, newest);
            newest = Math.max(newest, first);
            final long second = read(record, slot, 1, dst, newest);
            newest = Math.max(newest, second);
            if (first < 0 && second < 0)
            {
                throw new WalException(
                    WalException.Kind.CORRUPT,
                    file.path() + ": both copies of slot " + slot + " of record " + record + " are damaged (offsets " +
                        offset(record, slot, 0) + " and " + offset(record, slot, 1) +
                        "); the newest promise may be lost",
                    "restore the file from a copy");
            }
            agreed &= first == second;
        }
        // What was read may be in the page cache only (a force that failed marks pages clean), and a damaged copy is one too few: write the newest
        // everywhere and force it before anybody relies on it.
        put(record, dst, newest + 1);
        put(record, dst, newest + 2);
        file.force();
        sequences[record] = newest + 2;
        repaired += agreed ? 0 : 1;
    }

    Path path()
    {
        return file.path();
    }

    /**
     * Was a copy made whole again when the file was read?
     */
    int repaired()
    {
        return repaired;
    }

    /**
     * Replaces a record and forces it: on return the new one survives a power loss.
     */
    synchronized void store(final int record, final UnsafeBuffer src)
    {
        if (health.isFailed())
        {
            throw new WalException(WalException.Kind.IO, file.path() + ": an earlier operation failed; open the log again");
        }
        try
        {
            put(record, src, sequences[record] + 1);
            file.force();
            sequences[record]++;
        }
        catch (final StorageException failure)
        {
            health.fail();
            throw new WalException(
                WalException.Kind.IO, failure.getMessage() + "; the log is closed for writing until it is opened again", failure);
        }
    }

    private long read(final int record, final int slot, final int copy, final UnsafeBuffer dst, final long newest)
    {
        final int length = file.read(offset(record, slot, copy), page, 0, PAGE_LENGTH);
        if (length < COPY_LENGTH || !isValid(page, record))
        {
            return -1;
        }
        final long sequence = page.getLong(SEQUENCE_OFFSET);
        if (sequence > newest)
        {
            dst.putBytes(0, page, 0, COPY_LENGTH);
        }
        return sequence;
    }

    private void put(final int record, final UnsafeBuffer src, final long sequence)
    {
        page.setMemory(0, PAGE_LENGTH, (byte)0);
        page.putBytes(0, src, 0, COPY_LENGTH);
        page.putLong(0, MAGIC);
        page.putInt(SegmentDescriptor.VERSION_OFFSET, VERSION);
        page.putInt(RECORD_OFFSET, record);
        page.putLong(SEQUENCE_OFFSET, sequence);
        SegmentDescriptor.sealSector(page.addressOffset());
        final int slot = (int)(sequence & 1);
        file.write(offset(record, slot, 0), page, 0, PAGE_LENGTH);
        file.write(offset(record, slot, 1), page, 0, PAGE_LENGTH);
    }

    static boolean isValid(final UnsafeBuffer page, final int record)
    {
        return page.getLong(0) == MAGIC &&
            page.getInt(SegmentDescriptor.VERSION_OFFSET) == VERSION &&
            page.getInt(RECORD_OFFSET) == record &&
            SegmentDescriptor.isSectorValid(page.addressOffset());
    }

    static long offset(final int record, final int slot, final int copy)
    {
        return (long)(record * PAGES_PER_RECORD + copy * 2 + slot) * PAGE_LENGTH;
    }

    @Override
    public synchronized void close()
    {
        file.close();
    }
}
