package io.cairn.engine.fuzz;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.LogCursor;
import io.cairn.wal.SegmentSummary;
import io.cairn.wal.WalContext;
import io.cairn.wal.WalException;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A directory of a log: segments with header, marks, records, footer; the stable store; the identity. The input damages a sound one and opens,
 * reads, verifies and dumps it; what opens is appended to. First byte: bits 0 and 1 choose the log that is damaged, 4 says that a member opens it,
 * 8 seals the checksum of what each edit touched. Without sealing, whatever is read and matches its checksum is what was written; always, whatever is
 * wrong is refused with a {@link WalException}, and no file stays open.
 */
public final class LogFuzz implements FuzzTarget {
    private static final Path DIR = Path.of("/data/log");
    private static final int SEGMENT_BYTES = 16 * 1024;
    private static final int BASES = 3;
    private static final int AS_MEMBER = 4;
    private static final int SEALS = 8;
    private static final int EDITS_MAX = 12;
    private static final int APPENDS = 4;
    private static final long DISK_BYTES = 16L << 20;

    private final SimulatedStorageIo[] bases = new SimulatedStorageIo[BASES];
    private final List<Map<Long, String>> written = new ArrayList<>();

    /** With logs of its own. */
    public LogFuzz() {
        for (int base = 0; base < BASES; base++) {
            bases[base] = new SimulatedStorageIo(base);
            written.add(new TreeMap<>());
            final WriteAheadLog log = new WriteAheadLog(context(bases[base]).conclude());
            write(log, base);
            if (1 == base) {
                bases[base] = bases[base].afterProcessCrash();
            } else {
                log.close();
            }
        }
    }

    private static WalContext context(final SimulatedStorageIo disk) {
        return new WalContext().dir(DIR).storageIo(disk).segmentBytes(SEGMENT_BYTES).segmentsAhead(1).recycledMax(1).preTouchPages(0)
            .forceMethod(ForceMethod.PWRITE_FDATASYNC).prepareInline(true).newClusterId(77).epochClockMs(() -> 1);
    }

    private void write(final WriteAheadLog log, final int base) {
        log.stableStore().store(3, 2);
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[700]);
        final int count = 2 == base ? 3 : 24;
        for (int index = 1; index <= count; index++) {
            final int length = index * 37 % 600;
            payload.setMemory(0, length, (byte)index);
            final int type = index % 9 == 0 ? RecordDescriptor.CONFIGURATION : RecordDescriptor.COMMAND;
            final long term = 1 + index / 7;
            while (log.append(type, 0, index, term, index * 3L, Crc32c.compute(payload, 0, length), payload, 0, length) < 0) {
                log.allocator().doWork();
            }
            log.publish();
            written.get(base).put((long)index, describe(type, term, index * 3L, payload, 0, length));
            if (index % 5 == 0) {
                log.force();
            }
            if (index == 16) {
                log.releasePrefix(4);
            }
        }
    }

    private static String describe(
        final int type, final long term, final long timestampMs, final DirectBuffer payload, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        payload.getBytes(offset, bytes);
        return type + " " + term + " " + timestampMs + " " + length + " " + Arrays.hashCode(bytes);
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (int base = 0; base < BASES; base++) {
            for (final int mode : new int[] {0, AS_MEMBER, SEALS, SEALS | AS_MEMBER}) {
                seeds.add(new byte[] {(byte)(base | mode)});
                final ByteArrayOutputStream some = new ByteArrayOutputStream();
                some.write(base | mode);
                some.writeBytes(DiskEdits.edit(DiskEdits.INT, base + mode, 8192 + 48 * base, (byte)-1, (byte)-1, (byte)-1, (byte)127));
                some.writeBytes(DiskEdits.edit(DiskEdits.LONG, base + 1, 32, (byte)9, (byte)0, (byte)0, (byte)0));
                some.writeBytes(DiskEdits.edit(DiskEdits.BIT, base + 2, 16_384 - 4096 + 12, (byte)3));
                seeds.add(some.toByteArray());
                for (int file = 0; file < bases[base].files().size(); file++) {
                    final ByteArrayOutputStream damage = new ByteArrayOutputStream();
                    damage.write(base | mode);
                    damage.writeBytes(DiskEdits.edit(DiskEdits.BYTES, file, 12, (byte)4, (byte)0, (byte)1, (byte)0, (byte)0));
                    damage.writeBytes(DiskEdits.edit(DiskEdits.SIZE + file % 3, file, 4096));
                    seeds.add(damage.toByteArray());
                }
            }
        }
        return seeds;
    }

    @Override
    public int rounds() {
        return 1_200;
    }

    @Override
    public long allocationMax(final int length) {
        // The simulated disk copies its files, the verification has its pages.
        return 16L << 20;
    }

    @Override
    public void accept(final byte[] input) {
        final Draw draw = new Draw(input);
        final int mode = draw.u8();
        final int base = (mode & 3) % BASES;
        final boolean isSealed = 0 != (mode & SEALS);
        try (SimulatedStorageIo disk = bases[base].afterProcessCrash()) {
            // A header may name any length that a segment can have, and a file that was cut is filled up to it: on a disk that is large enough.
            disk.capacityBytes(DISK_BYTES);
            final DiskEdits edits = new DiskEdits(disk);
            for (int i = 0; i < EDITS_MAX && draw.hasMore(); i++) {
                edits.apply(draw, isSealed ? (file, offset) -> seal(edits, file, offset) : null);
            }
            inspect(disk);
            open(disk, 0 != (mode & AS_MEMBER), isSealed ? null : written.get(base));
            assertEquals(0, disk.openHandles(), "files stay open");
        }
    }

    private static void seal(final DiskEdits edits, final Path file, final int offset) {
        final boolean isSegment = file.getFileName().toString().endsWith(".wal");
        if (!isSegment || offset < SegmentDescriptor.RECORDS_OFFSET) {
            // Sectors begin pages in the stable store and the identity, and follow each other in the marks.
            final boolean isMark = isSegment && offset >= SegmentDescriptor.MARKS_OFFSET;
            final int sector = offset / (isMark ? 512 : 4096) * (isMark ? 512 : 4096);
            final UnsafeBuffer bytes = edits.read(file, sector, SegmentDescriptor.SECTOR_LENGTH);
            SegmentDescriptor.sealSector(bytes.addressOffset());
            edits.putInt(file, sector + SegmentDescriptor.SECTOR_CRC_OFFSET, bytes.getInt(SegmentDescriptor.SECTOR_CRC_OFFSET));
            return;
        }
        final UnsafeBuffer bytes = edits.read(file, 0, SEGMENT_BYTES);
        final int footer = SEGMENT_BYTES - SegmentDescriptor.footerLength(SEGMENT_BYTES);
        if (offset >= footer) {
            edits.putInt(file, footer + SegmentDescriptor.FOOTER_CRC_OFFSET,
                SegmentDescriptor.footerCrc(bytes.addressOffset() + footer, SegmentDescriptor.footerLength(SEGMENT_BYTES)));
            return;
        }
        sealRecord(edits, file, bytes, offset, footer);
    }

    private static void sealRecord(final DiskEdits edits, final Path file, final UnsafeBuffer bytes, final int offset, final int end) {
        final int state = Crc32c.stateOf(bytes.getLong(SegmentDescriptor.SEGMENT_ID_OFFSET));
        int at = SegmentDescriptor.RECORDS_OFFSET;
        while (RecordDescriptor.isLengthPossible(bytes.getInt(at), end - at)) {
            final int next = at + RecordDescriptor.alignedLength(bytes.getInt(at) - RecordDescriptor.HEADER_LENGTH);
            if (offset < next) {
                final int payload = bytes.getInt(at) - RecordDescriptor.HEADER_LENGTH;
                final int crc = Crc32c.compute(bytes, at + RecordDescriptor.HEADER_LENGTH, payload);
                bytes.putInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET, crc);
                break;
            }
            at = next;
        }
        if (end - at >= RecordDescriptor.HEADER_LENGTH) {
            // Also where the length is none: what follows the checksum is what has to notice.
            final long address = bytes.addressOffset() + at;
            final int chain = RecordDescriptor.chain(bytes.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET), address);
            edits.putInt(file, at + RecordDescriptor.PAYLOAD_CRC_OFFSET, bytes.getInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET));
            edits.putInt(file, at + RecordDescriptor.CHAIN_OFFSET,
                chain ^ Crc32c.finish(state, bytes.getInt(at + RecordDescriptor.FLOOR_LAG_OFFSET)));
        }
    }

    private static void inspect(final SimulatedStorageIo disk) {
        WalVerifier.verify(disk, DIR).findings().forEach(finding -> finding.toString().length());
        final WalInspector inspector = new WalInspector(disk, DIR);
        inspector.isLog();
        try {
            for (final SegmentSummary segment : inspector.segments()) {
                inspector.forEachRecord(segment.file(), record -> record.toString().length() > 0);
                inspector.hexDump(segment.file(), 8192, 256);
            }
        } catch (final WalException | StorageException refused) {
            // Says what is wrong.
            assertEquals(false, null == refused.getMessage());
        }
        try {
            WriteAheadLog.isFormatted(disk, DIR);
            WriteAheadLog.clusterIdOf(disk, DIR);
        } catch (final WalException | StorageException refused) {
            assertEquals(false, null == refused.getMessage());
        }
    }

    private static void open(final SimulatedStorageIo disk, final boolean asMember, final Map<Long, String> written) {
        try {
            final WriteAheadLog log = new WriteAheadLog(context(disk).singleMember(!asMember).conclude());
            try {
                log.recovery().findings().forEach(finding -> finding.toString().length());
                read(log, written);
                append(log);
                log.force();
            } finally {
                log.close();
            }
        } catch (final WalException | StorageException refused) {
            assertEquals(false, null == refused.getMessage());
        }
    }

    /** The log goes on where it ended, whatever stands before it. */
    private static void append(final WriteAheadLog log) {
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[64]);
        final long term = Math.max(0, log.lastTerm()) + 1;
        final int crc = Crc32c.compute(payload, 0, payload.capacity());
        for (int i = 0; i < APPENDS; i++) {
            final long index = log.lastIndex() + 1;
            if (WriteAheadLog.NOT_READY == log.append(RecordDescriptor.COMMAND, 0, index, term, 1, crc, payload, 0, payload.capacity())) {
                log.allocator().doWork();
            }
            log.publish();
        }
    }

    private static void read(final WriteAheadLog log, final Map<Long, String> written) {
        final long first = log.firstIndex();
        final long last = log.lastIndex();
        log.termAt(last);
        log.termStart(last);
        log.configurationAtOrBelow(last);
        try (LogCursor cursor = log.newCursor()) {
            if (last < first || !cursor.seek(Math.max(1, first))) {
                return;
            }
            long index = Math.max(1, first);
            while (index <= last && cursor.next()) {
                assertEquals(index, cursor.index());
                if (cursor.verifyPayload() && null != written) {
                    assertEquals(written.get(index), describe(
                        cursor.type(), cursor.term(), cursor.timestampMs(), cursor.buffer(), cursor.payloadOffset(), cursor.payloadLength()));
                }
                index++;
            }
        }
    }

    @Override
    public void close() {
        for (final SimulatedStorageIo base : bases) {
            base.close();
        }
    }
}
