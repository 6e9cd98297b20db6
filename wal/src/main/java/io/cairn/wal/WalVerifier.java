package io.cairn.wal;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads every byte of a stopped log and says what is not as it should be: checksums, the chain, names, counts, and any unused or padding byte that is
 * not zero, wherever it stands. Changes nothing and takes no lock; a log that is being appended to shows its unfinished end as findings.
 * <p>
 * One thread, one verification per instance.
 */
public final class WalVerifier
{
    private static final int HEADER_USED = 80;
    private static final int MARK_USED = 56;
    private static final int STABLE_PROMISE_USED = 36;
    private static final int STABLE_METADATA_USED = 240;

    private final StorageIo storageIo;
    private final Path dir;
    private final List<WalFinding> findings = new ArrayList<>();
    private final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SegmentDescriptor.PAGE_LENGTH, 64));
    private final UnsafeBuffer metadata = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SegmentDescriptor.PAGE_LENGTH, 64));
    private long metadataSequence = -1;
    private long recordCount;
    private long firstIndex = -1;
    private long nextIndex = -1;
    private int chain;
    private long term;

    private WalVerifier(final StorageIo storageIo, final Path dir)
    {
        this.storageIo = storageIo;
        this.dir = dir;
    }

    /**
     * Verifies a log directory.
     *
     * @param storageIo way to the file system.
     * @param dir       of the log.
     * @return what was read and found.
     */
    public static WalVerification verify(final StorageIo storageIo, final Path dir)
    {
        return new WalVerifier(storageIo, dir).run();
    }

    private WalVerification run()
    {
        verifyIdentity();
        verifyStable();
        final List<Path> paths = WalInspector.segmentPaths(storageIo, dir);
        for (final Path path : paths)
        {
            try (SegmentReader reader = new SegmentReader(storageIo, path))
            {
                verifySegment(reader);
            }
            catch (final StorageException failure)
            {
                find(path, 0, -1, failure.getMessage());
            }
        }
        verifyEnd(paths);
        return new WalVerification(paths.size(), recordCount, firstIndex, nextIndex - (nextIndex < 0 ? 0 : 1), List.copyOf(findings));
    }

    private void find(final Path file, final long offset, final long index, final String reason)
    {
        findings.add(new WalFinding(file, offset, index, reason));
    }

    private void verifyIdentity()
    {
        final Path path = dir.resolve(LogIdentity.FILE_NAME);
        if (!storageIo.exists(path))
        {
            find(path, 0, -1, "the identity file is missing");
            return;
        }
        try
        {
            LogIdentity.read(storageIo, dir);
            try (StorageFile file = storageIo.open(path, OpenMode.READ))
            {
                if (file.size() != LogIdentity.FILE_LENGTH)
                {
                    find(path, LogIdentity.FILE_LENGTH, -1, "the file has " + file.size() + " bytes instead of " + LogIdentity.FILE_LENGTH);
                }
                file.read(0, page, 0, LogIdentity.FILE_LENGTH);
                if (!LogIdentity.isUnusedZero(page))
                {
                    find(path, 12, -1, "unused bytes are not zero");
                }
            }
        }
        catch (final WalException failure)
        {
            find(path, 0, -1, failure.getMessage());
        }
    }

    private void verifyStable()
    {
        final Path path = dir.resolve(StableFile.FILE_NAME);
        if (!storageIo.exists(path))
        {
            find(path, 0, -1, "the stable store is missing");
            return;
        }
        try (StorageFile file = storageIo.open(path, OpenMode.READ))
        {
            if (file.size() != StableFile.FILE_LENGTH)
            {
                find(path, 0, -1, "the file has " + file.size() + " bytes instead of " + StableFile.FILE_LENGTH);
            }
            for (int record = 0; record < StableFile.RECORD_COUNT; record++)
            {
                for (int slot = 0; slot < 2; slot++)
                {
                    verifyCopy(file, record, slot, 0);
                    verifyCopy(file, record, slot, 1);
                }
            }
        }
    }

    private void verifyCopy(final StorageFile file, final int record, final int slot, final int copy)
    {
        final long offset = StableFile.offset(record, slot, copy);
        final int length = file.read(offset, page, 0, StableFile.PAGE_LENGTH);
        if (length < StableFile.PAGE_LENGTH || !StableFile.isValid(page, record))
        {
            find(file.path(), offset, -1, "copy " + copy + " of slot " + slot + " of record " + record + " is damaged");
            return;
        }
        final int used = record == 0 ? STABLE_PROMISE_USED : STABLE_METADATA_USED;
        unusedZero(file.path(), page.addressOffset(), offset, used, SegmentDescriptor.SECTOR_CRC_OFFSET);
        unusedZero(file.path(), page.addressOffset(), offset, SegmentDescriptor.SECTOR_LENGTH, StableFile.PAGE_LENGTH);
        if (record == 1 && page.getLong(StableFile.SEQUENCE_OFFSET) > metadataSequence)
        {
            metadataSequence = page.getLong(StableFile.SEQUENCE_OFFSET);
            metadata.putBytes(0, page, 0, StableFile.PAGE_LENGTH);
        }
    }

    /** Finds the first byte of [from, to) of the memory at {@code address} that is not zero; {@code base} is where that memory is in the file. */
    private boolean unusedZero(final Path path, final long address, final long base, final int from, final int to)
    {
        final int at = SegmentDescriptor.firstNonZero(address + from, to - from);
        if (at < to - from)
        {
            find(path, base + from + at, -1, "an unused byte is not zero");
            return false;
        }
        return true;
    }

    private void verifySegment(final SegmentReader reader)
    {
        final Path path = reader.path();
        if (reader.problem() != null)
        {
            final String name = path.getFileName().toString();
            find(path, 0, SegmentNames.isActive(name) ? SegmentNames.baseIndex(name) : -1, reader.problem());
            nextIndex = -2;
            return;
        }
        unusedZero(path, reader.address(), 0, HEADER_USED, SegmentDescriptor.SECTOR_CRC_OFFSET);
        unusedZero(path, reader.address(), 0, SegmentDescriptor.SECTOR_LENGTH, SegmentDescriptor.PAGE_LENGTH);
        if (reader.baseIndex() == SegmentDescriptor.NOT_BEGUN)
        {
            unusedZero(path, reader.address(), 0, SegmentDescriptor.MARKS_OFFSET, reader.length());
            return;
        }
        verifyMarks(reader);
        verifyPlace(reader);
        verifyRecords(reader);
        verifyFooter(reader);
        nextIndex = reader.expectedIndex();
        chain = reader.expectedChain();
        term = reader.lastTerm();
        recordCount += reader.goodCount();
    }

    private void verifyPlace(final SegmentReader reader)
    {
        if (firstIndex < 0)
        {
            firstIndex = reader.baseIndex();
        }
        if (nextIndex < 0)
        {
            return;
        }
        if (reader.baseIndex() != nextIndex)
        {
            find(reader.path(), 0, nextIndex, "the segment begins at index " + reader.baseIndex() + ", the one before ends before " + nextIndex);
        }
        else if (reader.prevChain() != chain || reader.prevTerm() != term)
        {
            find(reader.path(), 0, nextIndex, "the segment does not continue the one before");
        }
    }

    private void verifyMarks(final SegmentReader reader)
    {
        for (int i = 0; i < SegmentDescriptor.MARK_COUNT; i++)
        {
            final int offset = SegmentDescriptor.MARKS_OFFSET + i * SegmentDescriptor.SECTOR_LENGTH;
            final long mark = reader.address() + offset;
            if (SegmentDescriptor.isMarkValid(mark, reader.id(), reader.limit()))
            {
                unusedZero(reader.path(), reader.address(), 0, offset + MARK_USED, offset + SegmentDescriptor.SECTOR_CRC_OFFSET);
            }
            else if (SegmentDescriptor.firstNonZero(mark, SegmentDescriptor.SECTOR_LENGTH) < SegmentDescriptor.SECTOR_LENGTH)
            {
                find(reader.path(), offset, -1, "the mark's checksum does not match, or it ends the records outside of their room");
            }
        }
    }

    private void verifyRecords(final SegmentReader reader)
    {
        final int findingsBefore = findings.size();
        while (reader.next())
        {
            if (reader.recordProblem() != null)
            {
                // A length of zero is a damaged record where a header's room is not zero, and unused bytes where that stands further on.
                final int dirty = SegmentDescriptor.firstNonZero(reader.address() + reader.offset(), reader.limit() - reader.offset());
                final int at = reader.offset() + (dirty < RecordDescriptor.HEADER_LENGTH ? 0 : dirty);
                find(reader.path(), at, reader.expectedIndex(), reader.recordProblem());
                continue;
            }
            final int used = UnsafeApi.getInt(reader.address() + reader.offset());
            final int end = reader.offset() + RecordDescriptor.alignedLength(used - RecordDescriptor.HEADER_LENGTH);
            for (int at = reader.offset() + used; at < end; at++)
            {
                if (UnsafeApi.getByte(reader.address() + at) != 0)
                {
                    find(reader.path(), at, reader.index(), "a padding byte is not zero");
                    break;
                }
            }
        }
        if (findings.size() == findingsBefore)
        {
            unusedZero(reader.path(), reader.address(), 0, reader.goodEnd(), reader.limit());
        }
    }

    private void verifyFooter(final SegmentReader reader)
    {
        final int length = reader.length() - reader.limit();
        final long footer = reader.address() + reader.limit();
        if (SegmentDescriptor.firstNonZero(footer, length) == length)
        {
            return;
        }
        if (!reader.isSealed())
        {
            final boolean isIntact = SegmentDescriptor.isFooterIntact(footer, length, reader.id());
            find(reader.path(), reader.limit(), -1, isIntact ? "the footer's counts and offsets lead out of the segment" :
                "the footer's checksum does not match");
            return;
        }
        if (UnsafeApi.getLong(footer + 24) != reader.baseIndex() ||
            UnsafeApi.getLong(footer + 32) != reader.expectedIndex() - 1 ||
            UnsafeApi.getInt(footer + 48) != reader.expectedChain() ||
            UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_RECORDS_END_OFFSET) != reader.goodEnd())
        {
            find(reader.path(), reader.limit(), UnsafeApi.getLong(footer + 32), "the footer does not match the records");
        }
        final int sparseCount = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_SPARSE_COUNT_OFFSET);
        final int used = SegmentDescriptor.FOOTER_FIXED_LENGTH + 8 * sparseCount +
            16 * UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_TERM_COUNT_OFFSET) +
            16 * UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_CONFIGURATION_COUNT_OFFSET);
        unusedZero(reader.path(), reader.address(), 0, reader.limit() + 72, reader.limit() + SegmentDescriptor.FOOTER_CRC_OFFSET);
        unusedZero(reader.path(), reader.address(), 0, reader.limit() + used, reader.length());
        for (int i = 0; i < sparseCount; i++)
        {
            final long entry = footer + SegmentDescriptor.FOOTER_FIXED_LENGTH + 8L * i;
            final long index = reader.baseIndex() + UnsafeApi.getInt(entry);
            final int offset = UnsafeApi.getInt(entry + 4);
            if (offset >= reader.goodEnd() ||
                UnsafeApi.getLong(reader.address() + offset + RecordDescriptor.INDEX_OFFSET) != index)
            {
                find(reader.path(), entry - reader.address(), index, "the sparse index does not match the records");
            }
        }
    }

    /**
     * Does the log end where what is written beside it says it must?
     */
    private void verifyEnd(final List<Path> paths)
    {
        if (metadataSequence < 0)
        {
            return;
        }
        final long floor = metadata.getLong(40);
        final long releasedBelow = metadata.getLong(32);
        if (firstIndex > releasedBelow && metadata.getLong(56) < 0)
        {
            find(dir, 0, releasedBelow, "entries " + releasedBelow + " to " + (firstIndex - 1) + " are missing before the first segment");
        }
        final long activeBase = metadata.getLong(80);
        if (activeBase >= 0 && metadata.getLong(48) < 0 && metadata.getLong(56) < 0)
        {
            final Path active = dir.resolve(SegmentNames.active(activeBase, metadata.getLong(88)));
            if (!paths.contains(active) && (nextIndex < 0 || nextIndex <= activeBase))
            {
                find(active, 0, activeBase, "the segment is missing");
                return;
            }
        }
        if (nextIndex >= 0 && nextIndex <= floor && findings.isEmpty())
        {
            find(dir, 0, nextIndex, "entries up to index " + floor + " were forced, the log ends before");
        }
    }
}
