package io.cairn.snapshot;

import io.cairn.fsm.StateDigest;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.ExtentSource;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A small paged state that changes at random: tiny pages, two tables, values large enough for overflow pages now and then. */
final class TestState implements AutoCloseable {
    static final int PAGE_SIZE = 256;
    private static final int EXTENT_PAGES = 16;
    private static final int PAGES_MAX = 1 << 16;

    private final UnsafeBuffer key = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
    private final UnsafeBuffer value = new UnsafeBuffer(ByteBuffer.allocateDirect(2048));
    private final Tables tables;

    /** A blank one. */
    TestState() {
        this(new Tables(newArena(PAGE_SIZE, 0)));
        tables.create("$a");
        tables.create("$b");
    }

    /** A restored one. */
    TestState(final Tables tables) {
        this.tables = tables;
    }

    static PageArena newArena(final int pageSize, final int pageCount) {
        return new PageArena(new Extents(), pageSize, EXTENT_PAGES, PAGES_MAX);
    }

    Tables tables() {
        return tables;
    }

    /** Puts and removes, at random. */
    void change(final SplittableRandom random, final int operations, final int keys) {
        for (int i = 0; i < operations; i++) {
            final BTree tree = tables.table(random.nextInt(4) == 0 ? "$b" : "$a");
            key.putLong(0, random.nextInt(keys));
            if (random.nextInt(3) == 0) {
                tree.remove(key, 0, 8);
            } else {
                final int length = random.nextInt(20) == 0 ? random.nextInt(2048) : random.nextInt(40);
                for (int b = 0; b < length; b++) {
                    value.putByte(b, (byte)random.nextInt());
                }
                tree.put(key, 0, 8, value, 0, length);
            }
        }
    }

    void removeAll() {
        tables.table("$a").clear();
        tables.table("$b").clear();
    }

    /** Freezes and pins; the caller hands the pin over. */
    Pin freeze() {
        tables.freeze();
        return tables.pinNewest();
    }

    /** Digest of the state as it is now. */
    long digest() {
        try (Pin pin = freeze()) {
            return StateDigest.of(tables.view(pin), 0, true);
        }
    }

    SnapshotRequest request(final long index) {
        return new SnapshotRequest(index, 1, 1000 + index).pages(tables, freeze()).createdMs(5000 + index).walChain((int)index * 31)
            .configuration(new byte[] {1, 2, (byte)index});
    }

    @Override
    public void close() {
        tables.arena().close();
    }

    /** Extents of plain direct memory. */
    private static final class Extents implements ExtentSource {
        private final List<ByteBuffer> extents = new ArrayList<>();

        @Override
        public long allocate(final int lengthBytes) {
            final ByteBuffer extent = BufferUtil.allocateDirectAligned(lengthBytes, 4096);
            extents.add(extent);
            return BufferUtil.address(extent);
        }

        @Override
        public void close() {
            extents.clear();
        }
    }
}
