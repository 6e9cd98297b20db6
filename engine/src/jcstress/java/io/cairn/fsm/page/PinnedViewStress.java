package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import java.nio.ByteBuffer;

/**
 * A view of a pinned root while the writer goes on, freezes and takes pages that nobody can read any more: one state for all samples of a process,
 * since one actor is one thread. All values of a view are of one moment.
 */
@JCStressTest
@State
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "one moment")
@Outcome(expect = Expect.FORBIDDEN, desc = "a page of the view was used again")
public class PinnedViewStress {
    private static final Shared SHARED = new Shared();

    /** Some pages that all change with every round. */
    private static final class Shared {
        private static final int KEYS = 24;

        private final Tables tables = new Tables(new PageArena(new DirectExtentSource(), 256, 64, 1 << 12));
        private final BTree tree = tables.create("moments");
        private final UnsafeBuffer row = new UnsafeBuffer(ByteBuffer.allocateDirect(16));
        private final UnsafeBuffer read = new UnsafeBuffer(ByteBuffer.allocateDirect(16));
        private final Pin pin;
        private final ReadTables view;
        private final ReadTree readTree;
        private final BTreeCursor cursor;
        private long moment;

        Shared() {
            write();
            pin = tables.newPin();
            if (!pin.acquire()) {
                throw new IllegalStateException("nothing to pin");
            }
            view = tables.view(pin);
            readTree = view.table("moments");
            cursor = readTree.cursor();
        }

        void write() {
            moment++;
            row.putLong(8, moment);
            for (int key = 0; key < KEYS; key++) {
                row.putLong(0, key);
                tree.put(row, 0, 8, row, 8, 8);
            }
            tables.freeze();
        }

        int read() {
            pin.acquire();
            view.wrap(pin).table(1, readTree);
            long seen = 0;
            int count = 0;
            boolean isOne = true;
            for (boolean on = cursor.seekFirst(); on && count <= KEYS; on = cursor.next()) {
                cursor.copyValue(read, 0, 8);
                isOne &= 0 == seen || seen == read.getLong(0);
                seen = read.getLong(0);
                count++;
            }
            pin.release();
            return isOne && KEYS == count ? 1 : 2;
        }
    }

    /** The Applier. */
    @Actor
    public void writer() {
        SHARED.write();
    }

    /**
     * Any reader.
     *
     * @param result what it saw.
     */
    @Actor
    public void reader(final I_Result result) {
        result.r1 = SHARED.read();
    }
}
