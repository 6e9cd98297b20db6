package io.cairn.wal;

import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import java.nio.file.Path;

/**
 * A cursor against the appender, and its pin against segments that are recycled and unmapped behind it: one log for all samples of a process, since
 * one actor is one thread. What a cursor gives is the entry of that index, whole, for as long as it stands there.
 */
@JCStressTest
@State
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing yet, or gone: behind the released prefix")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the entry, whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "torn, of another index, or of another life of the segment")
public class CursorStress {
    private static final Shared SHARED = new Shared();

    /** One log, one appender, one cursor. */
    private static final class Shared {
        private static final int KEPT = 8;
        private static final int PAYLOAD_BYTES = 1_000;
        private static final int READS = 20;
        /** Looks at one entry of the oldest segment: longer than it takes to append, force, release and recycle. */
        private static final int LOOKS = 2_000;

        private final WriteAheadLog log = new WriteAheadLog(new WalContext().dir(Path.of("/log")).storageIo(new SimulatedStorageIo(1))
            .segmentBytes(16 * 1024).segmentsAhead(2).recycledMax(2).preTouchPages(0).forceMethod(ForceMethod.PWRITE_FDATASYNC)
            .prepareInline(false).epochClockMs(() -> 1).conclude());
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
        private final LogCursor cursor = log.newCursor();
        private long next = 1;
        private long looked;

        void append() {
            payload.setMemory(0, PAYLOAD_BYTES, (byte)next);
            final long result = log.append(
                RecordDescriptor.COMMAND, 0, next, 1, next, Crc32c.compute(payload, 0, PAYLOAD_BYTES), payload, 0, PAYLOAD_BYTES);
            if (result == next) {
                log.publish();
                next++;
            }
            // Syncer and allocator in turn with the Sequencer: what they do to a segment meets the cursor, which is another thread.
            log.force();
            log.releasePrefix(Math.max(log.firstIndex(), next - KEPT));
            log.allocator().doWork();
        }

        int read() {
            int worst = 0;
            for (int i = 0; i < READS; i++) {
                looked++;
                if (looked % 3 == 0) {
                    cursor.release();
                }
                worst = Math.max(worst, next(1));
            }
            cursor.seek(log.firstIndex());
            return Math.max(worst, next(LOOKS));
        }

        /** The next entry, for some time. */
        private int next(final int looks) {
            if (!cursor.next()) {
                if (cursor.isCompacted()) {
                    cursor.seek(log.firstIndex());
                }
                return 0;
            }
            final long index = cursor.index();
            boolean isWhole = true;
            for (int i = 0; i < looks && isWhole; i++) {
                isWhole = isWhole(index);
            }
            return isWhole ? 1 : 2;
        }

        private boolean isWhole(final long index) {
            final int offset = cursor.payloadOffset();
            boolean isWhole = index == cursor.index() && PAYLOAD_BYTES == cursor.payloadLength() && index == cursor.timestampMs();
            for (int i = 0; i < PAYLOAD_BYTES && isWhole; i += 8) {
                isWhole = (byte)index == cursor.buffer().getByte(offset + i);
            }
            return isWhole;
        }
    }

    /** Sequencer, Syncer and allocator. */
    @Actor
    public void appender() {
        SHARED.append();
    }

    /**
     * Any reader.
     *
     * @param result what it found.
     */
    @Actor
    public void reader(final I_Result result) {
        result.r1 = SHARED.read();
    }
}
