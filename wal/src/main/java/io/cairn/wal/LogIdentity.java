package io.cairn.wal;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The identity file of a log directory, published last when it is formatted: where it is, the directory is whole.
 * <pre>
 *   0 magic | 8 version i32 | 16 clusterId | 24 createdMs | 32 incarnation | 508 crc i32; zero up to 4096
 * </pre>
 * The incarnation is drawn when the directory is formatted, and again when the log may have forgotten what it acknowledged. Version 1 had none.
 *
 * @param clusterId   never 0.
 * @param createdMs   when the directory was formatted.
 * @param incarnation never 0, but in a directory of version 1.
 */
record LogIdentity(long clusterId, long createdMs, long incarnation)
{
    static final String FILE_NAME = "identity";
    static final String TEMPORARY_NAME = "identity.tmp";
    static final int VERSION = 2;
    static final int FILE_LENGTH = SegmentDescriptor.PAGE_LENGTH;

    /** First bytes of the file: {@code CAIRNIDN}. */
    static final long MAGIC = 0x4E44_494E_5249_4143L;

    private static final int CLUSTER_ID_OFFSET = 16;
    private static final int CREATED_OFFSET = 24;
    private static final int INCARNATION_OFFSET = 32;

    /** A number that no directory had before, as far as chance goes. */
    static long drawId()
    {
        return ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    }

    /** Another incarnation, durably. */
    LogIdentity renew(final StorageIo storageIo, final Path dir)
    {
        final LogIdentity renewed = new LogIdentity(clusterId, createdMs, drawId());
        renewed.publish(storageIo, dir);
        return renewed;
    }

    /** The old identity is there until the new one is whole: a crash leaves one of the two. */
    void publish(final StorageIo storageIo, final Path dir)
    {
        final Path temporary = dir.resolve(TEMPORARY_NAME);
        if (storageIo.exists(temporary))
        {
            storageIo.delete(temporary);
        }
        final UnsafeBuffer page = page();
        page.putLong(0, MAGIC);
        page.putInt(SegmentDescriptor.VERSION_OFFSET, VERSION);
        page.putLong(CLUSTER_ID_OFFSET, clusterId);
        page.putLong(CREATED_OFFSET, createdMs);
        page.putLong(INCARNATION_OFFSET, incarnation);
        SegmentDescriptor.sealSector(page.addressOffset());
        try (StorageFile file = storageIo.open(temporary, OpenMode.CREATE_NEW))
        {
            file.write(0, page, 0, FILE_LENGTH);
            file.force();
        }
        storageIo.rename(temporary, dir.resolve(FILE_NAME));
        storageIo.forceDirectory(dir);
    }

    /**
     * Reads and checks the identity.
     *
     * @return the identity.
     */
    static LogIdentity read(final StorageIo storageIo, final Path dir)
    {
        final Path path = dir.resolve(FILE_NAME);
        final UnsafeBuffer page = page();
        final int length;
        try (StorageFile file = storageIo.open(path, OpenMode.READ))
        {
            length = file.read(0, page, 0, FILE_LENGTH);
        }
        if (length < FILE_LENGTH || page.getLong(0) != MAGIC && !SegmentDescriptor.isSectorValid(page.addressOffset()))
        {
            throw new WalException(
                length < FILE_LENGTH && length > 0 || page.getLong(0) == MAGIC ? WalException.Kind.CORRUPT : WalException.Kind.FOREIGN,
                path + ": is not the identity of a Cairn log (" + Math.max(0, length) +
                    " bytes, unknown first bytes)",
                "choose an empty directory, or restore the file from a copy");
        }
        if (!SegmentDescriptor.isSectorValid(page.addressOffset()))
        {
            throw new WalException(
                WalException.Kind.CORRUPT, path + ": offset 0: the checksum does not match", "restore the file from a copy");
        }
        if (page.getLong(0) != MAGIC)
        {
            throw new WalException(
                WalException.Kind.FOREIGN, path + ": is not the identity of a Cairn log; choose an empty directory");
        }
        final int version = page.getInt(SegmentDescriptor.VERSION_OFFSET);
        if (version > VERSION)
        {
            throw new WalException(
                WalException.Kind.NEWER_VERSION,
                path + ": the directory has format version " + version + ", this program knows " + VERSION + "; use a newer program");
        }
        return new LogIdentity(page.getLong(CLUSTER_ID_OFFSET), page.getLong(CREATED_OFFSET), version < 2 ? 0 : page.getLong(INCARNATION_OFFSET));
    }

    static boolean isUnusedZero(final UnsafeBuffer page)
    {
        final int used = page.getInt(SegmentDescriptor.VERSION_OFFSET) < 2 ? INCARNATION_OFFSET : INCARNATION_OFFSET + 8;
        final long address = page.addressOffset();
        return page.getInt(12) == 0 &&
            SegmentDescriptor.firstNonZero(address + used, SegmentDescriptor.SECTOR_CRC_OFFSET - used) ==
                SegmentDescriptor.SECTOR_CRC_OFFSET - used &&
            SegmentDescriptor.firstNonZero(address + SegmentDescriptor.SECTOR_LENGTH, FILE_LENGTH - SegmentDescriptor.SECTOR_LENGTH) ==
                FILE_LENGTH - SegmentDescriptor.SECTOR_LENGTH;
    }

    private static UnsafeBuffer page()
    {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(FILE_LENGTH, 64));
    }
}
