package io.cairn.engine.install;

import io.cairn.fsm.StateDigest;
import io.cairn.fsm.page.ChangedRanges;
import io.cairn.fsm.page.PageDescriptor;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.ReadTables;
import io.cairn.fsm.page.Tables;
import io.cairn.fsm.page.ValueView;
import io.cairn.snapshot.RateLimit;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Writes what changed in a pinned state since an epoch, in slices, and then computes the digest of that state, by which the receiver knows that its
 * own has become the same. Owner: the Snapshotter.
 */
public final class IncrementWriter implements AutoCloseable {
    /** What is written. */
    public static final class Request {
        /** Of the pin. */
        public Tables tables;
        /** Of the state; taken over. */
        public Pin pin;
        /** Leaves that are not newer stay out. */
        public long baseEpoch;
        /** Entry as of which that epoch was frozen. */
        public long baseIndex;
        /** Last entry of the state. */
        public long index;
        /** Of that entry. */
        public long term;
        /** Of that entry. */
        public long timestampMs;
        /** Of that entry. */
        public int walChain;
        /** As of that entry. */
        public byte[] configuration;
        /** Of the state machine. */
        public String machineName;
        /** What is longer is given up: the whole is sent then. */
        public long lengthMax;

        /** Blank. */
        public Request() {
        }
    }

    private static final int BUFFER_LENGTH = 256 << 10;
    private static final int SLICE_BYTES = 64 << 10;
    /** To look at a byte costs that much less than to write and send it. */
    private static final int DIGEST_SHARE = 4;

    private final IncrementFiles files;
    private final Request request;
    private final RateLimit rate;
    private final StorageFile file;
    private final ReadTables view;
    private final ChangedRanges ranges;
    private final ValueView value = new ValueView();
    private final UnsafeBuffer low;
    private final UnsafeBuffer high;
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(BUFFER_LENGTH, 64));
    private final List<IncrementHeader.Table> tables = new ArrayList<>();
    private int turn;
    private boolean isTableBegun;
    private int buffered;
    private long written;
    private int crc;
    private StateDigest digest;
    private IncrementHeader header;
    private boolean isTooLong;
    private boolean isHandedOut;

    /**
     * @param files          where it is written.
     * @param request        what is written.
     * @param bytesPerSecond to write; 0 for no limit.
     */
    public IncrementWriter(final IncrementFiles files, final Request request, final long bytesPerSecond) {
        this.files = files;
        this.request = request;
        rate = new RateLimit(bytesPerSecond);
        view = request.tables.view(request.pin);
        view.forEach((id, name, size) -> tables.add(new IncrementHeader.Table(id, size, name)));
        ranges = new ChangedRanges(request.tables);
        final int keyLengthMax = PageDescriptor.keyLengthMax(request.tables.arena().pageSize());
        low = new UnsafeBuffer(new byte[keyLengthMax]);
        high = new UnsafeBuffer(new byte[keyLengthMax]);
        file = files.create();
    }

    /**
     * One slice.
     *
     * @param nowNs monotonic time.
     * @return amount of work done; 0 while the rate says to wait, or when it is over.
     * @throws io.cairn.wal.io.StorageException when it cannot be written: close it then.
     */
    public int doWork(final long nowNs) {
        if (isOver() || !rate.allows(nowNs)) {
            return 0;
        }
        if (null == digest) {
            final long before = written + buffered;
            writeSlice(before + SLICE_BYTES);
            rate.spent(written + buffered - before, nowNs);
        } else {
            rate.spent(digest.doWork(SLICE_BYTES) / DIGEST_SHARE, nowNs);
            if (digest.isDone()) {
                complete();
            }
        }
        return 1;
    }

    private void writeSlice(final long until) {
        while (written + buffered < until) {
            if (!isTableBegun) {
                if (turn == tables.size()) {
                    flush();
                    digest = StateDigest.begin(view);
                    return;
                }
                ranges.start(request.pin, tables.get(turn).id(), request.baseEpoch);
                isTableBegun = true;
            }
            if (ranges.next()) {
                writeRange(tables.get(turn).id());
            } else {
                isTableBegun = false;
                turn++;
            }
            if (written + buffered > request.lengthMax) {
                isTooLong = true;
                request.pin.release();
                return;
            }
        }
    }

    private void writeRange(final int tableId) {
        final int lowLength = ranges.low(low, 0);
        final int highLength = ranges.high(high, 0);
        reserve(IncrementRecord.RANGE_LENGTH + lowLength + Math.max(0, highLength));
        buffer.putInt(buffered, tableId, LITTLE_ENDIAN);
        buffer.putInt(buffered + 4, ranges.count(), LITTLE_ENDIAN);
        buffer.putShort(buffered + 8, (short)lowLength, LITTLE_ENDIAN);
        buffer.putShort(buffered + 10, (short)highLength, LITTLE_ENDIAN);
        buffered += IncrementRecord.RANGE_LENGTH;
        append(low, lowLength);
        append(high, Math.max(0, highLength));
        for (int i = 0; i < ranges.count(); i++) {
            writeEntry(i);
        }
    }

    private void writeEntry(final int index) {
        final int keyLength = ranges.key(index, low, 0);
        final boolean isOld = ranges.isOld(index);
        ranges.value(index, value);
        reserve(IncrementRecord.ENTRY_LENGTH + keyLength);
        buffer.putShort(buffered, (short)keyLength, LITTLE_ENDIAN);
        buffer.putInt(buffered + 2, isOld ? IncrementRecord.OLD_VALUE : value.length(), LITTLE_ENDIAN);
        buffered += IncrementRecord.ENTRY_LENGTH;
        append(low, keyLength);
        if (!isOld) {
            do {
                reserve(value.piece().capacity());
                append(value.piece(), value.piece().capacity());
            } while (value.nextPiece());
        }
    }

    private void append(final DirectBuffer source, final int length) {
        buffer.putBytes(buffered, source, 0, length);
        buffered += length;
    }

    private void reserve(final int length) {
        if (buffered + length > BUFFER_LENGTH) {
            flush();
        }
    }

    private void flush() {
        if (buffered > 0) {
            file.write(written, buffer, 0, buffered);
            crc = Crc32c.update(crc, buffer, 0, buffered);
            written += buffered;
            buffered = 0;
        }
    }

    private void complete() {
        header = new IncrementHeader(
            request.baseIndex, request.index, request.term, request.timestampMs, request.walChain, view.nextTableId(), digest.value(), written, crc,
            request.machineName, request.configuration, List.copyOf(tables));
        request.pin.release();
        file.close();
    }

    /** @return true when there is nothing left to do. */
    public boolean isOver() {
        return isTooLong || null != header;
    }

    /** @return last entry of the state that it leads to. */
    public long index() {
        return request.index;
    }

    /**
     * What was written, to be sent; once.
     *
     * @return the cargo, or null when there is too much of it.
     */
    public TransferCargo take() {
        if (isTooLong || null == header) {
            return null;
        }
        isHandedOut = true;
        return new IncrementCargo(files, file.path(), header);
    }

    /** Lets go of the state and, unless it was taken, of what was written. */
    @Override
    public void close() {
        request.pin.release();
        if (!isHandedOut) {
            file.close();
            files.delete(file.path());
        }
    }
}
